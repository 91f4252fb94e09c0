package extension

import (
	"go/ast"
	"go/token"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/internal/sqltext"
)

const (
	directivePrefix = "//pg:"
	directiveName   = "//pg:function"
	procedureName   = "//pg:procedure"
	maxCost         = 1e9
	maxRows         = 1e9
)

// directiveKind is one of the directives that there are.
type directiveKind struct {
	name  string
	above string // the declaration in whose comment it stands
	words []wordKind
}

// wordKind is a word that a directive takes.
type wordKind struct {
	key   string
	slot  string // what it says; of the words that say one thing, one may stand. Empty is key
	form  string // what follows the =; empty if nothing does
	check func(value string) error
	many  bool // may stand again
}

const (
	aboveFunction = "right above an exported function"
	aboveType     = "right above an exported type"
)

// directiveKinds are all directives.
var directiveKinds = []directiveKind{
	{directiveName, aboveFunction, functionWords},
	{procedureName, aboveFunction, procedureWords},
	{windowName, aboveWindow, windowWords},
	{argName, aboveFunction, nil},
	{resultName, aboveFunction, nil},
	{operatorName, aboveFunction, operatorWords},
	{castName, aboveFunction, castWords},
	{grantName, aboveFunction, nil},
	{commentName, aboveFunction + ", type or setting", nil},
	{typeName, aboveType, nil},
	{compositeName, aboveType, nameWord},
	{enumName, aboveType, nameWord},
	{domainName, aboveType, domainWords},
	{baseTypeName, aboveBaseType, baseTypeWords},
	{rangeName, aboveRange, rangeWords},
	{ginName, aboveGIN, ginWords},
	{gistName, aboveGiST, gistWords},
	{spgistName, aboveSPGiST, spgistWords},
	{brinName, aboveBRIN, ginWords},
	{aggregateName, aboveAggregate, aggregateWords},
	{parameterName, aboveParameter, parameterWords},
	{workerName, aboveWorker, workerWords},
	{sqlName, "right above a constant that is a text", sqlWords},
}

var nameWord = []wordKind{{key: "name", form: "NAME", check: checkIdentifier}}

var functionWords = []wordKind{
	{key: "immutable", slot: "volatility"}, {key: "stable", slot: "volatility"}, {key: "volatile", slot: "volatility"},
	{key: "strict"},
	{key: "leakproof"},
	{key: "parallel", form: "safe|restricted|unsafe", check: oneOf("safe", "restricted", "unsafe")},
	{key: "cost", form: "NUMBER", check: decimal(maxCost)},
	{key: "rows", form: "NUMBER", check: decimal(maxRows)},
	{key: "name", form: "NAME", check: checkIdentifier},
	{key: "security", form: "definer|invoker", check: oneOf("definer", "invoker")},
	{key: setWord, form: "", many: true},
	{key: "support", form: "FUNCTION"},
	{key: "replace"},
}

var procedureWords = []wordKind{
	{key: "name", form: "NAME", check: checkIdentifier},
	{key: "security", form: "definer|invoker", check: oneOf("definer", "invoker")},
	{key: setWord, form: "", many: true},
	{key: "replace"},
}

// setWord is a word whose value is the next one: set search_path='pg_catalog,pg_temp'.
const setWord = "set"

// kindOf returns the directive of a name.
func kindOf(name string) (directiveKind, bool) {
	at := slices.IndexFunc(directiveKinds, func(k directiveKind) bool { return k.name == name })
	if at < 0 {
		return directiveKind{}, false
	}
	return directiveKinds[at], true
}

// directives returns the names of all, for messages.
func directives() []string {
	var names []string
	for _, k := range directiveKinds {
		names = append(names, k.name)
	}
	return names
}

// allowed lists the words that a directive takes, for messages.
func (k *directiveKind) allowed() string {
	var list []string
	for _, w := range k.words {
		switch {
		case w.key == setWord:
			list = append(list, "set NAME='VALUE'")
		case w.form != "":
			list = append(list, w.key+"="+w.form)
		default:
			list = append(list, w.key)
		}
	}
	return strings.Join(list, ", ")
}

// directive is a parsed //pg:function or //pg:procedure line, with those that go with it.
type directive struct {
	procedure bool
	window    bool
	pos       token.Pos
	words     givenWords
	args      []*argDirective
	results   []*argDirective
	operators []givenWords
	casts     []givenWords
	grant     *grant
	comment   *string
}

// word is a word of a directive, its value apart.
type word struct {
	pos   token.Pos
	text  string // as it stands there
	key   string
	value string // without quotes
	has   bool   // a value
}

// givenWords are the words of a directive, by what they say.
type givenWords struct {
	pos     token.Pos // of the directive
	words   map[string]word
	sets    []word
	refused map[string]bool // words that stand there, too, but have been reported
	typo    bool            // there were other words, which have been reported
}

// value returns the value of a word, or "".
func (g givenWords) value(slot string) string { return g.words[slot].value }

// has reports whether a word stands there.
func (g givenWords) has(slot string) bool { _, ok := g.words[slot]; return ok }

// tried reports whether a word stands there, be it right or wrong.
func (g givenWords) tried(slot string) bool { return g.has(slot) || g.refused[slot] }

// at is where a word stands, or else the directive.
func (g givenWords) at(slot string) token.Pos {
	if w, ok := g.words[slot]; ok {
		return w.pos
	}
	return g.pos
}

// words splits a directive line at blanks, with positions. A value may stand in quotes, with
// blanks in it; in double quotes, it is as in Go.
func words(c *ast.Comment) []word {
	var out []word
	text := c.Text
	for i := 0; i < len(text); {
		if strings.IndexByte(" \t\r", text[i]) >= 0 {
			i++
			continue
		}
		w := word{pos: c.Slash + token.Pos(i)}
		j := i
		for j < len(text) && strings.IndexByte(" \t\r", text[j]) < 0 && !w.has {
			if w.has = text[j] == '='; w.has && len(out) > 0 {
				w.key = text[i:j]
				n := 0
				w.value, n = wordValue(text[j+1:])
				j += n
			}
			w.has = w.has && len(out) > 0
			j++
		}
		w.text = text[i:j]
		if !w.has {
			w.key = w.text
		}
		out = append(out, w)
		i = j
	}
	return out
}

// wordValue reads what follows the = of a word, and says how long it is.
func wordValue(s string) (value string, n int) {
	if quoted, err := strconv.QuotedPrefix(s); err == nil && s[0] == '"' {
		value, err = strconv.Unquote(quoted)
		if err == nil {
			return value, len(quoted)
		}
	}
	if strings.HasPrefix(s, "'") {
		if at := strings.IndexByte(s[1:], '\''); at >= 0 {
			return s[1 : 1+at], at + 2
		}
	}
	if n = strings.IndexAny(s, " \t\r"); n < 0 {
		n = len(s)
	}
	return s[:n], n
}

// documented are the specs of declarations of a kind that have a doc comment, which for
// the only one of a declaration is that of the declaration.
func documented(files []*ast.File, kind token.Token) iter.Seq2[ast.Spec, *ast.CommentGroup] {
	return func(yield func(ast.Spec, *ast.CommentGroup) bool) {
		for _, f := range files {
			for _, decl := range f.Decls {
				d, ok := decl.(*ast.GenDecl)
				if !ok || d.Tok != kind {
					continue
				}
				for _, spec := range d.Specs {
					if doc := docOf(spec, d); doc != nil && !yield(spec, doc) {
						return
					}
				}
			}
		}
	}
}

func docOf(spec ast.Spec, d *ast.GenDecl) *ast.CommentGroup {
	var doc *ast.CommentGroup
	switch s := spec.(type) {
	case *ast.TypeSpec:
		doc = s.Doc
	case *ast.ValueSpec:
		doc = s.Doc
	}
	if doc == nil && !d.Lparen.IsValid() {
		doc = d.Doc
	}
	return doc
}

// isDirective reports whether a comment line is a directive of ours, known or not.
func isDirective(c *ast.Comment) bool {
	return strings.HasPrefix(c.Text, directivePrefix)
}

// directiveOf returns the name of the directive in a line; "" if there is none.
func directiveOf(c *ast.Comment) string {
	if !isDirective(c) {
		return ""
	}
	return words(c)[0].text
}

// isMisspelt reports whether a comment line looks like the directive but, for a
// blank after the slashes, is none.
func isMisspelt(c *ast.Comment) bool {
	rest, ok := strings.CutPrefix(c.Text, "//")
	if !ok || isDirective(c) {
		return false
	}
	f := strings.Fields(rest)
	return len(f) > 0 && slices.Contains(directives(), "//"+f[0])
}

// readWords reads the words of a directive, and reports those that it does not take.
func (c *collector) readWords(line *ast.Comment, k directiveKind) givenWords {
	g := givenWords{pos: line.Slash, words: map[string]word{}, refused: map[string]bool{}}
	all := words(line)[1:]
	for len(all) > 0 {
		w := all[0]
		all = all[1:]
		at := slices.IndexFunc(k.words, func(x wordKind) bool { return x.key == w.key })
		if at < 0 {
			g.typo = true
			if k.name == procedureName && slices.ContainsFunc(functionWords, func(x wordKind) bool { return x.key == w.key }) {
				c.addf(w.pos, "a procedure cannot be %s; allowed are %s", w.text, k.allowed())
			} else {
				c.addf(w.pos, "unknown word %q in %s; allowed are %s", w.text, k.name, k.allowed())
			}
			continue
		}
		kind := k.words[at]
		if w.key == setWord && !w.has {
			if len(all) == 0 || !all[0].has {
				c.addf(w.pos, "set needs a setting; write set NAME='VALUE'")
				continue
			}
			g.sets = append(g.sets, all[0])
			all = all[1:]
			continue
		}
		slot := kind.slot
		if slot == "" {
			slot = kind.key
		}
		switch {
		case kind.form == "" && w.has:
			c.addf(w.pos, "%s takes no value; write %s alone", w.key, w.key)
			g.refused[slot] = true
			continue
		case kind.form != "" && w.value == "":
			c.addf(w.pos, "%s needs a value; allowed are %s", w.key, k.allowed())
			g.refused[slot] = true
			continue
		}
		if before, dup := g.words[slot]; dup {
			if before.text == w.text {
				c.addf(w.pos, "%s stands twice; leave one out", w.text)
			} else {
				c.addf(w.pos, "%s contradicts %s; leave one out", w.text, before.text)
			}
			continue
		}
		if kind.check != nil {
			if err := kind.check(w.value); err != nil {
				c.addf(w.pos+token.Pos(len(w.key)+1), "%s", strings.ReplaceAll(err.Error(), "$WORD", w.key+"="+w.value))
				g.refused[slot] = true
				continue
			}
		}
		g.words[slot] = w
	}
	return g
}

// wordError is what is wrong with a value; $WORD in it is the word.
type wordError string

func (e wordError) Error() string { return string(e) }

// oneOf takes some words.
func oneOf(list ...string) func(string) error {
	return func(v string) error {
		if !slices.Contains(list, v) {
			return wordError("$WORD is unknown; allowed are " + strings.Join(list, ", "))
		}
		return nil
	}
}

// decimal takes digits and a point only: the text goes into the SQL as it is.
func decimal(most float64) func(string) error {
	return func(v string) error {
		f, err := strconv.ParseFloat(v, 64)
		if err != nil || strings.Trim(v, "0123456789.") != "" || f <= 0 || f > most {
			return wordError("$WORD is out of range; allowed is a decimal number above 0, at most " + strconv.FormatFloat(most, 'f', -1, 64))
		}
		return nil
	}
}

// typeWord takes the name of an SQL type.
func typeWord(v string) error {
	_, err := sqltext.Type(v)
	return err
}

// unknown reports a directive that there is not, with the one that is meant if it is plain.
func (c *collector) unknown(line *ast.Comment) {
	name := directiveOf(line)
	meant, _, _ := strings.Cut(strings.TrimLeft(strings.TrimPrefix(line.Text, "//pg:"), " \t"), " ")
	meant = "//pg:" + strings.ToLower(meant)
	if _, known := kindOf(meant); known {
		c.addf(line.Slash, "unknown directive %s; write %s", name, meant)
		return
	}
	if what := c.above[line]; what != "" {
		c.addf(line.Slash, "unknown directive %s; above a %s can stand %s", name, what, strings.Join(directivesAbove(what), ", "))
		return
	}
	c.addf(line.Slash, "unknown directive %s; there are %s", name, strings.Join(directives(), ", "))
}

// directivesAbove returns the names of those that stand above a kind of declaration.
func directivesAbove(what string) []string {
	var names []string
	for _, k := range directiveKinds {
		if strings.Contains(strings.ReplaceAll(k.above, "func(", "function("), what) || what == "variable" && strings.Contains(k.above, "setting") {
			names = append(names, k.name)
		}
	}
	return names
}

// declarations says what each line of a doc comment stands above.
func declarations(files []*ast.File) map[*ast.Comment]string {
	above := map[*ast.Comment]string{}
	note := func(doc *ast.CommentGroup, what string) {
		if doc != nil {
			for _, line := range doc.List {
				above[line] = what
			}
		}
	}
	kinds := map[token.Token]string{token.TYPE: "type", token.VAR: "variable", token.CONST: "constant"}
	for _, f := range files {
		for _, decl := range f.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					note(d.Doc, "function")
				}
			case *ast.GenDecl:
				note(d.Doc, kinds[d.Tok])
				for _, spec := range d.Specs {
					note(docOf(spec, d), kinds[d.Tok])
				}
			}
		}
	}
	return above
}

// parseDirective reads one directive line; ok is false if it is none that we
// know, which is then reported.
func (c *collector) parseDirective(line *ast.Comment) (d directive, ok bool) {
	name := directiveOf(line)
	k, known := kindOf(name)
	switch {
	case !known:
		c.unknown(line)
		return d, false
	case name != directiveName && name != procedureName && name != windowName:
		c.addf(line.Slash, "misplaced directive; %s stands in the comment %s", name, k.above)
		return d, false
	}
	d.procedure, d.window = name == procedureName, name == windowName
	d.pos = line.Slash
	d.words = c.readWords(line, k)
	return d, true
}
