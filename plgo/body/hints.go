package body

import (
	"go/scanner"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// People write what they know from other languages. Where that is what is wrong with a
// text, a hint says how plgo has it.

// idiom is something of another language, or a usual mistake, and what to write instead.
type idiom struct {
	line    pattern // what the line of the mistake has in it, without texts and comments; nil: anything
	message pattern // what the message says
	void    bool    // only of a function that returns no value
	hint    string
}

// pattern is compiled when it is first needed: all of them take longer than most texts, in which
// nothing is wrong.
type pattern func() *regexp.Regexp

func lazily(text string) pattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// fits reports whether a text has the pattern in it.
func (p pattern) fits(text string) bool { return p == nil || p().MatchString(text) }

func onLine(line, hint string) idiom { return idiom{line: lazily(line), hint: hint} }

func saying(message, hint string) idiom { return idiom{message: lazily(message), hint: hint} }

func both(line, message, hint string) idiom {
	return idiom{line: lazily(line), message: lazily(message), hint: hint}
}

// fits reports whether a mistake comes of it.
func (i idiom) fits(line, message string) bool { return i.line.fits(line) && i.message.fits(message) }

const (
	oneOfTwo   = `There is no ?: in Go: write if cond { x = 1 } else { x = 2 }.`
	declares   = `A variable is declared with :=, x := 1, or with var x int.`
	theRows    = `In a function that RETURNS trigger, the rows are t.New and t.Old: t.New.Get("column", &x) reads, t.New.Set("column", x) changes.`
	theJSON    = `Only maps are indexed by texts, and JSON is a text until it is read: var m map[string]any; err := json.Unmarshal(j, &m).`
	theColumns = `A column of a row is a field, row.Name; of a pg.Record, r.Get("name", &x) reads it, and r.Set("name", x) sets it.`
	itsValue   = `It may be NULL: where it is not nil, *x is its value.`
	calculates = `A pg.Numeric is a number's text: a.Cmp("0") compares; to calculate, let SQL do it, pg.QueryRow("SELECT $1 * 2", a).Scan(&x), or strconv.ParseFloat(string(a), 64).`
	kept       = `What is kept between calls is a variable in a group, var ( … ), before the statements; functions share nothing but tables.`
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
	saying(`^cannot use t\.(New|Old) .* as error value`, `A trigger function just ends, or returns nil, to let the row be; t.Skip() leaves it out. t.New.Set("column", value) changes it.`),
	saying(`^cannot index t\.(New|Old) |^t\.(New|Old)\.\w+ undefined`, theRows),
	saying(`^cannot index .*\*?pg\.Record\)`, theColumns),
	saying(`pg\.Record has no field or method`, theColumns),
	saying(`TriggerEvent and untyped string|untyped string and pg\.TriggerEvent`, `Write t.Event == pg.Insert, pg.Update, pg.Delete or pg.Truncate; t.Event.String() is its name.`),
	saying(`TriggerTime and untyped string|untyped string and pg\.TriggerTime`, `Write t.When == pg.Before, pg.After or pg.InsteadOf; t.When.String() is its name.`),
	onLine(`\bTG_\w+`, `In a function that RETURNS trigger, t knows that: t.Event == pg.Insert, t.When, t.Table, t.Schema, t.Name, t.Args, t.ForEachRow.`),
	saying(`^undefined: (t|e|tg|td|trig|trigger|event)$`, `A function that RETURNS trigger has t: t.New, t.Old, t.Event, t.Table; one that RETURNS event_trigger has e: e.Event, e.Tag.`),
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
	saying(`\(\w+ of type \*pg\.Row\) as `, scansRow),
	both(`\brand\.Int\(\)`, `\*big\.Int\)|but rand\.Int returns 2|call to rand\.Int$`, `Of two packages of this name, crypto/rand is taken where it has what the text uses. rand.IntN(10) is in math/rand/v2 alone; import "math/rand/v2" before all else takes that one.`),
	// What may be NULL.
	saying(`^cannot index .*\*json\.RawMessage`, theJSON),
	saying(`mismatched types (\*[\w.]+ and (untyped )?[^n\s]|(untyped )?\S+ and \*[\w.]+\)$)|(range over|slice|index|argument:|convert|defined on) .* of type \*[\w.]+\)|non-numeric type \*`, itsValue),
	saying(`^cannot convert .* to type \*(string|bool|u?int|float)`, itsValue),
	saying(`^cannot use .* as \*[\w.]+ value in assignment$`, `What may be NULL is a pointer: x := int32(5), and a = &x; or declare a variable of its own for the value.`),
	// Control.
	onLine(`\breturn\s+.*\bif\b.*\belse\b`, oneOfTwo),
	both(`\bif\b[^{]*\b(return|break|continue)\b`, `^expected`, `Blocks stand in braces: if cond { return 1 }.`),
	onLine(`(?i)^\s*for\b.*\bloop\b|^\s*(loop|while)\b|\bend\s+loop\b`, `Loops are for i := range 10 { … }, for cond { … }, for { … }, and for row, err := range pg.Query("SELECT …") { … } over rows.`),
	onLine(`^\s*for\s+\w+(\s*,\s*\w+)?\s+in\b|^\s*for\s*\(`, `Loops are for i := range 10 { … }, for i, v := range list { … }, for cond { … }.`),
	onLine(`(?i)^\s*(elsif|elseif|elif|end\s+if)\b|\bthen\s*$`, `Write if cond { … } else if other { … } else { … }.`),
	onLine(`^\s*if\b.*:\s*$|^\s*(else|try|except|finally)\s*:|^\s*(try|catch|finally)\b|(?i)^\s*exception\b`,
		`Blocks stand in braces. An error is a value: if err != nil { … }; what pg.Subtransaction(func() error { … }) returns as an error is undone.`),
	onLine(`^\s*(def|fn|pub|function|async|class|my|our|use|let|local)\s+[\w$]|=>|\blambda\b|\bSELF\b`, `The text is the body of a Go function: x := 1 declares a variable, func name(a int) int { … } a function.`),
	onLine(`^\s*package\s+\w`, `The text is the body of a function: there is no package around it, and no func; imports can be left out.`),
	saying(`found 'import'`, `Imports stand before all else in the text; they can be left out.`),
	both(`\bfunc\s+\w+\s*\(`, `^expected '\(', found`, `A function with a name stands before the statements; among them, write f := func(…) … { … }.`),
	saying(`expected '\{', found newline|unexpected newline, expected`, `The brace that opens a block stands at the end of its line: for … {, if … {.`),
	saying(`found 'else'`, `Write } else { on one line.`),
	saying(`U\+003F '\?'`, oneOfTwo),
	saying(`expression in (go|defer) must be function call`, `Write go func() { … }(), with parentheses that call it.`),
	both(`\bfunc\s*\([^()]*\)\s*\w+\s*\(`, `^expected ';', found`, `A method stands before the statements, as its type does.`),
	both(`\b(int|long|float|double|number|integer|bigint|text|string|char|bool|boolean|auto)\s+\w+\s*[=;]`, `^expected ';', found`, declares),
	both(`\bvar\b.*:=`, `^expected`, `Write var x int = 5, or x := 5.`),
	both(`\((u?int\d*|float\d*|string)\)\s*\w`, `^expected ';', found`, `Go converts with the type's name: int64(x), string(b), strconv.Atoi(s).`),
	both(`=~|!~`, `^expected`, "Write regexp.MustCompile(`…`).MatchString(s)."),
	saying(`is not constant$`, `A constant is known before the text runs; what is not is a variable: x := a.`),
	saying(`^expected operand, found '\{'|^unexpected comma; expecting \]`, `A literal begins with its type: []int{1, 2}, map[string]any{"a": 1}.`),
	saying(`^(map|\[\]|struct).* \(type\) is not an expression`, `Braces make a value of a type: map[string]int{}, []int{}; make([]int, n) makes one of n elements.`),
	saying(`^missing return$`, `The text ends with return and a value, or return nil for NULL; what a function of the text gives is returned by return f(a).`),
	saying(`^declared and not used`, `Use it, or leave it out; _ takes what nobody wants: _, err := f().`),
	saying(`^expected ';', found '?(return|case|if|for)'?$`, `A statement ends with its line, or with a semicolon.`),
	saying(`^missing ',' before newline`, `In a list over several lines, each line ends with a comma.`),
	saying(`non-boolean condition|operator ! not defined`, `A condition is a bool: write n != 0, s != "" or x != nil; of a bool that may be NULL, *x is the value.`),
	saying(`^cannot assign to \w+ \((neither addressable|constant)`, `A constant cannot be set: x := 1, or var x = 1, is a variable.`),
	saying(`^cannot assign to \w+\[.*neither addressable`, `A text does not change: make one of parts, s[:i] + "x" + s[i+1:], or of []byte(s).`),
	saying(`^assignment mismatch: 2 variables but pg\.(Query|QueryRow) returns 1 value`, `Rows are ranged over, for row, err := range pg.Query("…") { … err = row.Scan(&x) … }; one row is pg.QueryRow("…").Scan(&x), which returns the error.`),
	saying(`^cannot use .*\.At\(.*\(value of type bool\) as error value|^(assignment mismatch: 1 variable but|multiple-value) .*\.At(\(.*\))? (returns? 2 values|\(value of type \(element )`,
		`At returns the element, and whether there is one: v, ok := a.At(1, 2), which is a[1][2] in SQL.`),
	saying(`^cannot use .*\(value of type bool\) as error value`, `It gives a value and a bool, which is no error: x, ok := f(a), and return x.`),
	saying(`^assignment mismatch: 1 variable but .* returns? 2 values`, `What can fail returns an error besides: x, err := f(), and if err != nil { return err }.`),
	// Values.
	saying(`^undefined: (NULL|Null|None|null|undefined|NIL|Nil|undef)$`, `NULL is nil: return nil, if x == nil { … }.`),
	onLine(`(?i)\bis\s+(not\s+)?null\b|\bis\s+(not\s+)?None\b`, `NULL is nil: if x == nil { … }, if x != nil { … }.`),
	onLine(`(?i)\bcoalesce\s*\(`, `Write if x == nil { … } for an argument that may be NULL, and *x for its value.`),
	saying(`^undefined: (TRUE|FALSE|True|False)$`, `Write true or false.`),
	saying(`^undefined: (CURRENT_TIMESTAMP|current_timestamp|CURRENT_DATE|current_date|now|NOW|clock_timestamp)$`, `The present is time.Now(); the transaction's time is what pg.QueryRow("SELECT now()").Scan(&at) gives.`),
	saying(`^undefined: (length|strlen|count)$`, `Write len(x); utf8.RuneCountInString(s) counts characters.`),
	saying(`^undefined: (upper|lower|trim|replace|split|concat|substr|substring|str|repr)$`, `Packages strings, strconv and fmt have functions for texts: strings.ToUpper(s), fmt.Sprint(x), s[1:3].`),
	saying(`has no field or method (length|size|count|len|Length|Count|Size)\b`, `Write len(x); utf8.RuneCountInString(s) counts characters.`),
	saying(`type json\.RawMessage has no field or method`, theJSON),
	saying(`\(type string has no field or method`, `Packages strings and strconv have what is done with texts: strings.ToUpper(s), strings.Split(s, ","), len(s), s[1:3].`),
	saying(`\(type \[\]\S+ has no field or method`, `Lists are for append(list, x), len(list), list[1:3] and package slices: slices.Sort, slices.Contains, slices.Reverse.`),
	saying(`\(type map\[\S+ has no field or method`, `Write m["key"], len(m), delete(m, "key"); package maps has m's keys: slices.Sorted(maps.Keys(m)).`),
	both(`\w\[\s*["`+"`"+`]`, `cannot convert .* to type int$|must be integer|^cannot use \w+\[["`+"`"+`]`, theJSON),
	saying(`cannot index .* of (struct )?type`, theColumns),
	saying(`cannot index .*pg\.Record`, theColumns),
	both(`->`, `rune literal|^expected`, theJSON),
	both(`\*\*`, `cannot indirect`, `Write math.Pow(x, 2), or x * x.`),
	saying(`\w\.(Lower|Upper) [=!]= nil \(mismatched|cannot indirect \w+\.(Lower|Upper) `, `A bound is a value, r.Upper; r.UpperInfinite and r.LowerInfinite say that there is none, and r.Empty that there are no values.`),
	saying(`cannot indirect .*\(\w+ of type`, `It is a value, and no pointer: leave out the *.`),
	saying(`type untyped string has no field`, `Texts are joined with +.`),
	saying(`has no field or method (toString|to_string|ToString|str|String)\b`, `Write strconv.Itoa(int(n)), or fmt.Sprint(x).`),
	saying(`iter\.Seq2\[\*pg\.Row, error\] has no field or method`, `pg.QueryRow("…").Scan(&x) has one row; rows are ranged over: for row, err := range pg.Query("…") { … err = row.Scan(&x) … }.`),
	saying(`^undefined: (parseInt|parseFloat|Number|float|double|atoi|to_number)$`, `Write n, err := strconv.Atoi(s), or strconv.ParseFloat(s, 64).`),
	saying(`^undefined: (sum|avg|reduce|filter|zip|sorted|enumerate)$`, `A loop does it, for _, x := range list { sum += x }; packages slices and maps have more.`),
	saying(`^cannot convert .*\((variable|value) of type string\) to type (u?int|float)`, `Write n, err := strconv.Atoi(s), or strconv.ParseFloat(s, 64).`),
	saying(`operator (<|>|<=|>=) not defined on struct`, `Times are compared by a.Before(b), a.After(b) and a.Equal(b).`),
	saying(`mismatched types (time\.Time and|\S+ and time\.Time)|operator [-+] not defined on .*time\.Time`, `Write at.Add(time.Hour), at.AddDate(0, 0, 1) for a day, and b.Sub(a) for what is between two times.`),
	saying(`[=!]= .*mismatched types u?int\d* and untyped string`, `A number is compared with a number, n == 1. Of for i, c := range s, i counts, and c is a character: c == 'x'.`),
	saying(`mismatched types (rune|byte) and untyped string`, `A character stands in single quotes: c == 'x'.`),
	saying(`rune literal|untyped rune and string|string and untyped rune`, `A text stands in double quotes, "…", or in backquotes.`),
	saying(`^expected boolean expression, found assignment`, `Values are compared with ==: if a == 1 { … }.`),
	saying(`type pg\.Range\[\S+ has no field or method`, `A pg.Range has Lower and Upper; LowerInfinite, UpperInfinite; LowerInclusive, UpperInclusive; and Empty.`),
	saying(`type pg\.Numeric has no field or method`, calculates),
	saying(`type pg\.Interval has no field or method`, `A pg.Interval has Months, Days and Microseconds; how long it is, SQL says: pg.QueryRow("SELECT extract(epoch FROM $1)::float8", i).Scan(&x).`),
	saying(`^no new variables on left side of :=`, `What is declared already, as arguments are, gets a value with =.`),
	both(`\bvar\b`, `^\w+ redeclared in this block`, `What is declared already, as arguments are, gets a value with =, x = 5; or choose another name.`),
	saying(`operator \|\| not defined`, `Texts are joined with +.`),
	onLine(`===|!==|<>`, `Write == or !=.`),
	onLine(`\b(AND|OR|NOT|and|or|not)\b`, `Write &&, || and !.`),
	onLine(`::\s*\w`, `Go converts with the type's name: int64(x), string(b), strconv.Atoi(s).`),
	onLine(`\$\d`, `Arguments have their names; those without one are _1, _2, …, and args[0] is the first of all.`),
	onLine(`^\s*(--|#)`, `A comment begins with //.`),
	both(`(^|[;{])\s*\w+\s*=[^=]`, `^undefined: [a-z_]\w*$`, declares),
	saying(`^too many arguments in call to pg\.(Debug|Log|Info|Notice|Warning)\b`, `What formats is in package pgfmt: pgfmt.Noticef("…", x); or make a text, pg.Notice(fmt.Sprintf("…", x)).`),
	saying(`^cannot use pg\.Error\{.*\(value of `, `An error is a pointer: return &pg.Error{Code: "22023", Message: "…"}.`),
	saying(`^undefined: pg\.(Debug|Log|Info|Notice|Warning|Error)f$`, `What formats is in package pgfmt: pgfmt.Noticef("…", x), pgfmt.Errorf("22023", "…", x).`),
	saying(`^undefined: unsafe$`, `Package unsafe is not for functions that are trusted.`),
	both(`(^|[^.\w])[a-z_]\w*\(`, `^undefined: [a-z_]\w*$`, `Functions of SQL are called by statements: err := pg.QueryRow("SELECT f($1)", a).Scan(&x).`),
}

// foreign are languages that a text may be in as a whole.
var foreign = []idiom{
	onLine(`(?im)^\s*(declare|begin|end)\s*;?\s*$`, `This looks like PL/pgSQL. The text is the body of a Go function: declare with var or :=, and end with return.`),
	onLine(`(?m)^\s*(def\s+\w+\s*\(.*:|import\s+\w+|from\s+\w+\s+import\s+\w+)\s*$`, `This looks like Python. The text is the body of a Go function; packages are imported by themselves.`),
	onLine(`(?m)^\s*let\s+\w+\s*=|\bfunction\s*\(`, `This looks like JavaScript. The text is the body of a Go function: x := 1 declares a variable.`),
}

// hint adds one hint to the diagnostics of a text: to the first that there is one for.
func (w *wrapper) hint(diagnostics []Diagnostic) {
	if len(diagnostics) == 0 || slices.ContainsFunc(diagnostics, func(d Diagnostic) bool { return d.Hint != "" }) {
		return
	}
	code := withoutTexts(w.text.original)
	lines := strings.Split(code, "\n")
	for i := range diagnostics[:min(len(diagnostics), 10)] {
		d := &diagnostics[i]
		if i > 0 && d.Message == "missing return" {
			continue // what the mistakes before it have led to
		}
		name, ok := strings.CutPrefix(d.Message, "undefined: ")
		if ok && w.isColumn(name) {
			d.Hint = "The columns of TABLE are fields of Row, and rows are returned: return []Row{{" + Exported(name) + ": …}}."
			return
		}
		if ok && w.sig.Declarations[Exported(name)] != "" {
			d.Hint = "In Go the type is " + Exported(name) + "."
			return
		}
		if m := lacksMember().FindStringSubmatch(d.Message); m != nil {
			if sql := w.rangeOf(m[1]); sql != "" {
				d.Hint = strings.NewReplacer("r.", m[1]+".", ", r)", ", "+m[1]+")", "RANGE", sql).Replace(aRange)
				return
			}
		}
		line := lines[min(max(d.Line, 1), len(lines))-1]
		for _, one := range slices.Concat(idioms, misfits) {
			if one.fits(line, d.Message) && (!one.void || len(w.sig.Results) == 0) {
				d.Hint = w.fill(one.hint)
				return
			}
		}
	}
	for _, one := range foreign {
		if one.line.fits(code) {
			diagnostics[0].Hint = w.fill(one.hint)
			return
		}
	}
}

// isColumn reports whether TABLE has a column of a name, and others.
func (w *wrapper) isColumn(name string) bool {
	return w.sig.Set && strings.Contains(w.sig.Declarations["Row"], "\n\t"+Exported(name)+" ")
}

// lacksMember is what is said of a field or a method that a text has not.
var lacksMember = lazily(`^(\w+)\.\w+ undefined \(type \*?string has no field`)

const aRange = `A range is a text, unless the text reads its bounds, r.Lower, r.Upper, r.UpperInfinite, which makes it a pg.Range. SQL has the rest: err := pg.QueryRow("SELECT $1::RANGE @> 3", r).Scan(&is).`

// rangeOf is the SQL type of an argument that is a range; empty: it is none.
func (w *wrapper) rangeOf(name string) string {
	for i, p := range w.sig.Params {
		if w.textName(i) == name && strings.HasSuffix(p.Text, "range") {
			return p.Text
		}
	}
	return ""
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
