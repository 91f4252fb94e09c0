package body

// misfit is a value of one type where another one is wanted.
func misfit(from, to, hint string) idiom {
	return saying(`^cannot use .*\((?:.* )?(?:`+from+`)(?: constant(?: .*)?)?\) as (?:`+to+`) value`, hint)
}

// ofVoid is an idiom of functions that return no value.
func ofVoid(i idiom) idiom {
	i.void = true
	return i
}

const (
	anInteger = `u?int(?:8|16|32|64)?`
	aFloat    = `float(?:32|64)?`
	aNumber   = `(?:u?int(?:8|16|32|64)?|float(?:32|64))`
	widths    = `Numbers of two types do not mix: write int64(n), int(n), float64(n). SQL's smallint is int16, integer int32, bigint int64.`
)

// misfits say how values become those of another type.
var misfits = []idiom{
	misfit(anInteger, anInteger, widths),
	misfit(anInteger, aFloat, `Write float64(n).`),
	saying(`mismatched types (string and untyped (int|float)|string and `+aNumber+`\)|(untyped (int|float)|`+aNumber+`) and (untyped )?string|untyped string and `+aNumber+`)`, `Write s + strconv.Itoa(int(n)), or fmt.Sprint(s, n); strconv.Atoi(s) makes a number of a text.`),
	saying(`mismatched types `+aNumber+` and `+aNumber+`\)`, widths),
	saying(`mismatched types (pg\.Numeric and|\S+ and pg\.Numeric)`, calculates),
	saying(`^cannot convert .*pg\.Numeric\) to type (`+aNumber+`)`, `Write n, err := strconv.ParseInt(string(x), 10, 64), or strconv.ParseFloat(string(x), 64); math/big reads it exactly.`),
	saying(`mismatched types (pg\.Interval and|\S+ and pg\.Interval)`, `Let SQL calculate, pg.QueryRow("SELECT $1 * 2", i).Scan(&x), or use its Months, Days and Microseconds.`),
	misfit(`\[\d+\]byte`, `string`, `Write fmt.Sprintf("%x", h), or hex.EncodeToString(h[:]).`),
	misfit(`\[\d+\]\S+`, `\[\]\S+`, `Write a[:] for a variable a: h := sha256.Sum256(b), and h[:].`),
	misfit(`byte|rune`, `string`, `Write string(c), or s[i:i+1] for a part of a text.`),
	misfit(`time\.Time`, `string`, `Write at.Format(time.RFC3339), or another layout.`),
	misfit(`iter\.Seq2\[\*pg\.Row, error\]`, `.*`, `Write return pg.CollectRows(pg.Query("…"), pg.RowToStructByPos[ROW]), or pg.RowTo[string] for rows of one column.`),
	misfit(`\*?big\.\w+`, `pg\.Numeric`, `Write pg.Numeric(x.FloatString(10)) for a big.Rat, pg.Numeric(x.Text('f', 10)) for a big.Float, pg.Numeric(x.String()) for a big.Int.`),
	saying(`^in call to \w+\.\w+, .*\(type \*.*does not satisfy ~\[\]`, itsValue),
	saying(`^in call to \w+\.\w+, .*\(type string\) does not satisfy ~\[\]`, `It takes a list: strings.Split(s, ",") makes one of a text, []rune(s) one of its characters.`),
	saying(`^in call to \w+\.\w+, .*does not (match|satisfy)`, `All have to be of one type: int64(n) converts a number, and *x is the value of what may be NULL.`),
	saying(`as iter\.Seq2?\[.* value in return`, `Return a slice of all rows, []ROW{…}, or an iterator: return func(yield func(ROW) bool) { … yield(row) … }.`),
	saying(`^cannot use nil as`, `What can be NULL is a pointer: var x *int32, and *x is its value where it is not nil.`),
	misfit(anInteger+`|`+aFloat, `string`, `Write strconv.Itoa(int(n)), or fmt.Sprint(x).`),
	misfit(`string`, anInteger, `Write n, err := strconv.Atoi(s), and int64(n) or the like for another width.`),
	misfit(`string`, aFloat, `Write x, err := strconv.ParseFloat(s, 64).`),
	misfit(`pg\.Numeric`, anInteger+`|`+aFloat, `Write n, err := strconv.ParseInt(string(x), 10, 64), or strconv.ParseFloat(string(x), 64); math/big reads it exactly.`),
	misfit(aFloat+`|string`, `pg\.Numeric`, `A pg.Numeric is the number's text: pg.Numeric("1.5"), pg.Numeric(s), pg.Numeric(fmt.Sprint(x)).`),
	misfit(aFloat, anInteger, `Write int64(x), which drops what is behind the point, or int64(math.Round(x)).`),
	misfit(`float64`, `float32`, `Write float32(x), which rounds.`),
	misfit(anInteger, `bool`, `Write n != 0.`),
	misfit(`string`, `time\.Time`, `Write at, err := time.Parse(time.DateOnly, s), or another layout.`),
	misfit(anInteger, `time\.Time`, `Write time.Unix(n, 0).`),
	misfit(`time\.Duration`, `pg\.Interval`, `Write pg.Interval{Microseconds: d.Microseconds()}.`),
	misfit(`pg\.UUID|pg\.Any|netip\.\w+|bool|pg\.Interval|time\.Duration|pg\.Record`, `string`, `Write fmt.Sprint(x).`),
	misfit(`string`, `pg\.UUID`, `Write pg.ParseUUID(s), which returns a UUID and an error.`),
	misfit(`\S*UUID`, `pg\.UUID`, `Write pg.UUID(u).`),
	misfit(`string`, `pg\.Interval`, `Write pg.Interval{Days: 1}; of a text, SQL makes one: err := pg.QueryRow("SELECT $1::interval", s).Scan(&i).`),
	misfit(`netip\.Addr`, `netip\.Prefix`, `Write netip.PrefixFrom(a, a.BitLen()).`),
	misfit(`netip\.Prefix`, `netip\.Addr`, `Write p.Addr().`),
	misfit(`string`, `netip\.Prefix`, `Write netip.ParsePrefix("10.0.0.0/8"), which returns a Prefix and an error; of an address a that netip.ParseAddr returns, netip.PrefixFrom(a, a.BitLen()).`),
	misfit(`time\.Time`, `time\.Duration`, `A time of day is a time.Duration since midnight: at.Sub(at.Truncate(24*time.Hour)), in UTC.`),
	misfit(`string`, `time\.Duration`, `Write d, err := time.ParseDuration("1h30m").`),
	misfit(`\[\]byte|json\.RawMessage`, `string`, `Write string(b).`),
	misfit(`string`, `\[\]byte`, `Write []byte(s).`),
	misfit(`string`, `json\.RawMessage`, `Write json.RawMessage(s) for what is JSON, or b, err := json.Marshal(s).`),
	misfit(`\w+`, `json\.RawMessage`, `Write b, err := json.Marshal(x); of a row, pg.QueryRow("SELECT to_jsonb($1)", x).Scan(&j) has the columns' names.`),
	misfit(`\*[\w.]+`, `[\w.]+`, itsValue),
	ofVoid(misfit(`.*`, `error`, `The function returns no value: it ends, or returns an error.`)),
	misfit(`.*`, `error`, `A value stands alone or before an error: return x, or return x, errors.New("…").`),
	saying(`mismatched types \S+ and untyped nil`, `It is a value here: arguments of a STRICT function are never NULL, and what is nowhere taken as a pointer is none.`),
	saying(`^(too many return values|not enough return values)`, `Return one value, or a value and an error; all OUT arguments, or none of them.`),
}
