package body

import (
	"go/scanner"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// People write what they know from other languages. Where that is what is wrong with a
// text, a hint says how plgo has it.

// idiom is something of another language, or a usual mistake, and what to write instead.
type idiom struct {
	line    *regexp.Regexp // what the line of the mistake has in it, without texts and comments; nil: anything
	message *regexp.Regexp // what the message says
	hint    string
}

func onLine(pattern, hint string) idiom {
	return idiom{line: regexp.MustCompile(pattern), hint: hint}
}

func saying(pattern, hint string) idiom {
	return idiom{message: regexp.MustCompile(pattern), hint: hint}
}

func both(line, message, hint string) idiom {
	return idiom{line: regexp.MustCompile(line), message: regexp.MustCompile(message), hint: hint}
}

// fits reports whether a mistake comes of it.
func (i idiom) fits(line, message string) bool {
	return (i.line == nil || i.line.MatchString(line)) && (i.message == nil || i.message.MatchString(message))
}

const (
	theRows = `In a function that RETURNS trigger, the rows are t.New and t.Old: t.New.Get("column", &x) reads, t.New.Set("column", x) changes.`
	kept    = `What is kept between calls is a variable in a group, var ( … ), before the statements; functions share nothing but tables.`
)

// idioms are in the order in which they are looked for: the first that is found counts.
var idioms = []idiom{
	// Sets.
	onLine(`(?i)\breturn\s+next\b`, `Return a slice of all rows, or an iterator that yields them: return func(yield func(ROW) bool) { … yield(row) … }.`),
	onLine(`(?i)\breturn\s+query\b`, `Run the statement with pg.Query("…"), Scan each row, and return a slice of the rows or an iterator that yields them.`),
	both(`\byield\b`, `^(undefined: yield|expected|missing)`, `yield is the argument of an iterator: return func(yield func(ROW) bool) { … yield(row) … }. A slice of all rows can be returned as well.`),
	onLine(`\breturn_next\b`, `Return a slice of all rows, or an iterator that yields them: return func(yield func(ROW) bool) { … yield(row) … }.`),
	// Triggers.
	onLine(`(?i)\breturn\s+(new|old)\s*;?\s*$`, `A trigger function just ends, or returns nil, to let the row be; t.Skip() leaves it out. t.New.Set("column", value) changes it.`),
	onLine(`\b(NEW|OLD)\b`, theRows),
	both(`\b(new|old)\.\w`, `^undefined: (new|old)$|built-?in`, theRows),
	onLine(`\bTG_\w+`, `In a function that RETURNS trigger, t knows that: t.Event == pg.Insert, t.When, t.Table, t.Schema, t.Name, t.Args, t.ForEachRow.`),
	onLine(`\bTD\s*\[|\$_TD\b`, `In a function that RETURNS trigger, t has the rows and the event: t.New.Get("column", &x), t.New.Set("column", x), t.Old, t.Event, t.Args.`),
	// SQL.
	onLine(`\bplpy\s*\.\s*(execute|prepare|cursor)\b|\bplv8\s*\.\s*(execute|prepare)\b|\bspi_(exec|query|prepare)\w*|\bSpi\s*::`,
		`SQL is run with pg.Query("…", args…), which rows are ranged over, pg.QueryRow("…", args…).Scan(&x) for one row, and pg.Exec("…", args…) for none.`),
	onLine(`\b(plpy|plv8)\s*\.\s*subtransaction\b`, `Write pg.Subtransaction(func() error { … }): what it returns as an error is undone.`),
	onLine(`\b(plpy|plv8)\s*\.\s*(commit|rollback)\b`, `Write err := pg.Commit() or err := pg.Rollback(), in a procedure or a DO block.`),
	onLine(`\b(plpy|plv8)\s*\.\s*(quote_\w+|nullable)\b`, `Give values as arguments, pg.Query("… $1", x); pg.QuoteIdent and pg.QuoteLiteral are for names and texts.`),
	onLine(`\b(plpy|plv8)\s*\.\s*(error|fatal)\b|\bplv8\s*\.\s*elog\s*\(\s*ERROR`, `Return an error: return errors.New("…"), or return &pg.Error{Code: "22023", Message: "…"}.`),
	onLine(`(?i)^\s*(raise\s+exception|raise\s+\w+\s*\(|throw\b|die\b)|\belog\s*\(\s*ERROR`, `Return an error: return errors.New("…"), or return &pg.Error{Code: "22023", Message: "…"} for an SQLSTATE.`),
	onLine(`(?i)^\s*raise\b|\b(plpy|plv8)\s*\.\s*(notice|info|warning|debug|log|elog)\b|\bconsole\s*\.|\belog\s*\(|^\s*print\b`,
		`Messages are pg.Notice("…"), pg.Warning, pg.Info, pg.Log and pg.Debug; fmt.Sprintf puts values into the text.`),
	onLine(`\b(plpy|plv8)\b`, `Package pg has what there is: pg.Query, pg.QueryRow, pg.Exec, pg.Subtransaction, pg.Notice.`),
	onLine(`\b(SD|GD)\s*\[|\$_SHARED\b|\bglobalThis\b`, kept),
	saying(`^undefined: (this|self)$`, kept),
	onLine(`(?i)\bselect\b.*\binto\b`, `Write err := pg.QueryRow("SELECT …", args…).Scan(&x).`),
	onLine(`(?i)^\s*(select|with|perform|execute)\s+[^\s{]`, `SQL is run with pg.Query("…", args…), which rows are ranged over, pg.QueryRow("…", args…).Scan(&x) for one row, and pg.Exec("…", args…) for none.`),
	onLine(`(?i)^\s*(insert\s+into|update|delete\s+from|truncate|create|drop|alter|lock|call)\s+\w`, `SQL is run with pg.Exec("…", args…), which returns the number of rows and an error.`),
	onLine(`(?i)^\s*(commit|rollback)\s*;?\s*$`, `Write err := pg.Commit() or err := pg.Rollback(), in a procedure or a DO block.`),
	onLine(`\bFOUND\b|(?i)\bget\s+diagnostics\b`, `pg.Exec returns the number of rows; a QueryRow("…").Scan(&x) that finds none returns the error pg.ErrNoRows.`),
	// Control.
	onLine(`(?i)^\s*for\b.*\bloop\b|^\s*(loop|while)\b|\bend\s+loop\b`, `Loops are for i := range 10 { … }, for cond { … }, for { … }, and for row, err := range pg.Query("SELECT …") { … } over rows.`),
	onLine(`^\s*for\s+\w+(\s*,\s*\w+)?\s+in\b|^\s*for\s*\(`, `Loops are for i := range 10 { … }, for i, v := range list { … }, for cond { … }.`),
	onLine(`(?i)^\s*(elsif|elseif|elif|end\s+if)\b|\bthen\s*$`, `Write if cond { … } else if other { … } else { … }.`),
	onLine(`^\s*if\b.*:\s*$|^\s*(else|try|except|finally)\s*:|^\s*(try|catch|finally)\b|(?i)^\s*exception\b`,
		`Blocks stand in braces. An error is a value: if err != nil { … }; what pg.Subtransaction(func() error { … }) returns as an error is undone.`),
	onLine(`^\s*(def|function|async|class|my|our|use|let|local)\s+[\w$]|=>|\blambda\b|\bSELF\b`, `The text is the body of a Go function: x := 1 declares a variable, func name(a int) int { … } a function.`),
	// Values.
	saying(`^undefined: (NULL|Null|None|null|undefined|NIL|Nil|undef)$`, `NULL is nil: return nil, if x == nil { … }.`),
	onLine(`(?i)\bis\s+(not\s+)?null\b|\bis\s+(not\s+)?None\b`, `NULL is nil: if x == nil { … }, if x != nil { … }.`),
	onLine(`(?i)\bcoalesce\s*\(`, `Write if x == nil { … } for an argument that may be NULL, and *x for its value.`),
	saying(`^undefined: (TRUE|FALSE|True|False)$`, `Write true or false.`),
	saying(`^undefined: (CURRENT_TIMESTAMP|current_timestamp|CURRENT_DATE|current_date|now|NOW|clock_timestamp)$`, `The present is time.Now(); the transaction's time is what pg.QueryRow("SELECT now()").Scan(&at) gives.`),
	saying(`^undefined: (length|strlen|count)$`, `Write len(x); utf8.RuneCountInString(s) counts characters.`),
	saying(`^undefined: (upper|lower|trim|replace|split|concat|substr|substring|str|repr)$`, `Packages strings, strconv and fmt have functions for texts: strings.ToUpper(s), fmt.Sprint(x), s[1:3].`),
	saying(`rune literal`, `A text stands in double quotes, "…", or in backquotes.`),
	saying(`^no new variables on left side of :=`, `What is declared already, as arguments are, gets a value with =.`),
	saying(`operator \|\| not defined`, `Texts are joined with +.`),
	onLine(`===|!==|<>`, `Write == or !=.`),
	onLine(`\b(AND|OR|NOT|and|or|not)\b`, `Write &&, || and !.`),
	onLine(`::\s*\w`, `Go converts with the type's name: int64(x), string(b), strconv.Atoi(s).`),
	onLine(`\$\d`, `Arguments have their names; those without one are _1, _2, …, and args[0] is the first of all.`),
	onLine(`^\s*(--|#)`, `A comment begins with //.`),
}

// foreign are languages that a text may be in as a whole.
var foreign = []idiom{
	onLine(`(?im)^\s*(declare|begin|end)\s*;?\s*$`, `This looks like PL/pgSQL. The text is the body of a Go function: declare with var or :=, and end with return.`),
	onLine(`(?m)^\s*(def\s+\w+\s*\(.*:|import\s+\w+|from\s+\w+\s+import\s+\w+)\s*$`, `This looks like Python. The text is the body of a Go function; packages are imported by themselves.`),
	onLine(`(?m)^\s*(let|const)\s+\w+\s*=|\bfunction\s*\(`, `This looks like JavaScript. The text is the body of a Go function: x := 1 declares a variable.`),
}

// hint adds one hint to the diagnostics of a text: to the first that there is one for.
func (w *wrapper) hint(diagnostics []Diagnostic) {
	if len(diagnostics) == 0 {
		return
	}
	code := withoutTexts(w.text.original)
	lines := strings.Split(code, "\n")
	for i := range diagnostics[:min(len(diagnostics), 10)] {
		d := &diagnostics[i]
		line := lines[min(max(d.Line, 1), len(lines))-1]
		for _, one := range slices.Concat(idioms, misfits) {
			if one.fits(line, d.Message) {
				d.Hint = w.fill(one.hint)
				return
			}
		}
	}
	for _, one := range foreign {
		if one.line.MatchString(code) {
			diagnostics[0].Hint = w.fill(one.hint)
			return
		}
	}
}

// fill puts the type of the function's rows into a hint.
func (w *wrapper) fill(hint string) string {
	row := "int32"
	if w.sig.Set && len(w.sig.Results) == 1 {
		row = w.sig.Results[0].Type
	}
	return strings.ReplaceAll(hint, "ROW", row)
}

// withoutTexts returns a text with blanks for what stands in quotes, and in comments.
func withoutTexts(src string) string {
	b := []byte(src)
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(file, b, func(token.Position, string) {}, scanner.ScanComments)
	out := []byte(src)
	for {
		pos, tok, lit := s.Scan()
		switch tok {
		case token.EOF:
			return string(out)
		case token.STRING, token.CHAR, token.COMMENT:
			from := file.Offset(pos)
			for i := from + 1; i < min(from+len(lit)-1, len(out)); i++ {
				if out[i] != '\n' {
					out[i] = ' '
				}
			}
		}
	}
}

// misfit is a value of one type where another one is wanted.
func misfit(from, to, hint string) idiom {
	return saying(`^cannot use .*\((?:.* )?(?:`+from+`)(?: constant)?\) as (?:`+to+`) value`, hint)
}

const (
	anInteger = `u?int(?:8|16|32|64)?`
	aFloat    = `float(?:32|64)?`
)

// misfits say how values become those of another type.
var misfits = []idiom{
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
	misfit(`string`, `pg\.UUID`, `Write pg.ParseUUID(s), which returns a UUID and an error.`),
	misfit(`\[\]byte|json\.RawMessage`, `string`, `Write string(b).`),
	misfit(`string`, `\[\]byte`, `Write []byte(s).`),
	misfit(`string`, `json\.RawMessage`, `Write json.RawMessage(s) for what is JSON, or b, err := json.Marshal(s).`),
	misfit(`\w+`, `json\.RawMessage`, `Write b, err := json.Marshal(x); of a row, pg.QueryRow("SELECT to_jsonb($1)", x).Scan(&j) has the columns' names.`),
	misfit(`\*[\w.]+`, `[\w.]+`, `It may be NULL: where it is not nil, *x is its value.`),
	misfit(`.*`, `error`, `The function returns no value: it ends, or returns an error.`),
	saying(`mismatched types \S+ and untyped nil`, `It is a value here: arguments of a STRICT function are never NULL, and what is nowhere taken as a pointer is none.`),
	saying(`^(too many return values|not enough return values)`, `Return one value, or a value and an error; all OUT arguments, or none of them.`),
}
