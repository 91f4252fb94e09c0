// Package upgrade compares the scripts of two versions of an extension, and drafts what
// brings a database from one to the other.
package upgrade

import (
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/sqltext"
)

// object is what a statement of a script makes or says.
type object struct {
	kind string // as in DROP, such as FUNCTION; SQL for what is none of these
	name string // as in DROP: with the types of arguments
	text string // of the statement
	// What cannot be changed in place, of functions: parameters without defaults, and results.
	shape    string
	defaults int
	creates  string // name of a table and the like
	tokens   []string
}

func (o *object) key() string { return o.kind + " " + o.name }

// same reports whether two statements say the same, whatever blanks and comments are in them.
func (o *object) same(other *object) bool { return slices.Equal(o.tokens, other.tokens) }

// dropped names what goes when the object does: of an operator class, its family, which CREATE has
// made with it, and DROP would leave.
func (o *object) dropped() string {
	if o.kind == "OPERATOR CLASS" && !slices.Contains(o.tokens, "family") {
		return "OPERATOR FAMILY " + o.name
	}
	return o.key()
}

// inModule reports whether what is made is code of the extension's module.
func (o *object) inModule() bool { return slices.Contains(o.tokens, "'MODULE_PATHNAME'") }

// read takes a script apart.
func read(script string) ([]*object, error) {
	list, err := sqltext.Statements(script)
	if err != nil {
		return nil, err
	}
	var objects []*object
	for _, s := range list {
		o := &object{kind: "SQL", text: s.Text, tokens: s.Tokens, creates: s.Creates}
		o.name = strings.Join(s.Tokens, " ")
		o.identify()
		objects = append(objects, o)
	}
	return objects, nil
}

// identify finds out what is made.
func (o *object) identify() {
	t := o.tokens
	if t[0] == "comment" || t[0] == "grant" || t[0] == "revoke" {
		o.kind = strings.ToUpper(t[0])
		if at := slices.Index(t, "is"); t[0] == "comment" && at > 0 {
			o.name = strings.Join(t[1:at], " ")
		}
		return
	}
	if t[0] != "create" || len(t) < 3 {
		return
	}
	t = t[1:]
	if t[0] == "or" && t[1] == "replace" {
		t = t[2:]
	}
	switch {
	case t[0] == "function" || t[0] == "procedure" || t[0] == "aggregate":
		o.routine(t)
	case t[0] == "type" || t[0] == "domain":
		name, rest := dotted(t[1:])
		o.kind, o.name = strings.ToUpper(t[0]), name
		if len(rest) == 0 {
			o.kind = "SHELL"
		}
	case t[0] == "cast":
		inner, _ := parentheses(t[1:])
		o.kind, o.name = "CAST", "("+strings.Join(inner, " ")+")"
	case t[0] == "operator" && t[1] == "class":
		name, rest := dotted(t[2:])
		if at := slices.Index(rest, "using"); at > 0 && at+1 < len(rest) {
			o.kind, o.name = "OPERATOR CLASS", name+" USING "+rest[at+1]
		}
	case t[0] == "operator":
		o.operator(t[1:])
	}
}

// routine reads a function, procedure or aggregate.
func (o *object) routine(t []string) {
	name, rest := dotted(t[1:])
	if len(rest) == 0 || rest[0] != "(" {
		return
	}
	inner, rest := parentheses(rest)
	direct, ordered, within := cutOrder(inner)
	types, shape, ok := o.parameters(direct)
	if !ok {
		return
	}
	if within {
		more, moreShape, ok := o.parameters(ordered)
		if !ok {
			return
		}
		types, shape = strings.TrimSpace(types+" ORDER BY "+more), shape+" order by "+moreShape
	}
	o.kind, o.name = strings.ToUpper(t[0]), name+"("+types+")"
	o.shape = shape + " " + strings.Join(returns(rest), " ")
}

// cutOrder parts the parameters of an aggregate that is called with WITHIN GROUP.
func cutOrder(t []string) (direct, ordered []string, found bool) {
	for at := 0; at+1 < len(t); at++ {
		if t[at] == "order" && t[at+1] == "by" {
			return t[:at], t[at+2:], true
		}
	}
	return t, nil, false
}

// parameters reads a list of them: their types, and all but their defaults, which it counts.
func (o *object) parameters(t []string) (types, shape string, ok bool) {
	var typeList, shapes []string
	for _, p := range split(t) {
		if at := slices.IndexFunc(p, func(w string) bool { return w == "default" || w == "=" }); at > 0 {
			p = p[:at]
			o.defaults++
		}
		shapes = append(shapes, strings.Join(p, " "))
		if p[0] == "*" {
			typeList = append(typeList, "*")
			continue
		}
		mode := ""
		switch p[0] {
		case "in", "out", "inout", "variadic":
			mode, p = p[0], p[1:]
		}
		typ, err := sqltext.Type(strings.Join(p, " "))
		if err != nil && len(p) > 1 {
			typ, err = sqltext.Type(strings.Join(p[1:], " "))
		}
		if err != nil {
			return "", "", false
		}
		if mode != "out" {
			typeList = append(typeList, typ)
		}
	}
	return strings.Join(typeList, ", "), strings.Join(shapes, ","), true
}

// attributes end what a function returns.
var attributes = strings.Fields("as language immutable stable volatile strict window cost rows leakproof not called returns security parallel set support transform external")

// returns is what a function returns.
func returns(t []string) []string {
	if len(t) == 0 || t[0] != "returns" {
		return nil
	}
	depth := 0
	for i, w := range t[1:] {
		switch {
		case w == "(":
			depth++
		case w == ")":
			depth--
		case depth == 0 && slices.Contains(attributes, w):
			return t[1 : i+1]
		}
	}
	return t[1:]
}

// operator reads an operator: a symbol, and properties in parentheses.
func (o *object) operator(t []string) {
	at := slices.Index(t, "(")
	if at < 1 {
		return
	}
	inner, _ := parentheses(t[at:])
	left, right := "NONE", "NONE"
	for _, p := range split(inner) {
		if len(p) < 3 || p[1] != "=" {
			continue
		}
		switch value := strings.Join(p[2:], " "); p[0] {
		case "leftarg":
			left = value
		case "rightarg":
			right = value
		}
	}
	o.kind, o.name = "OPERATOR", strings.Join(t[:at], "")+" ("+left+", "+right+")"
}

// dotted reads a name, with a schema or without.
func dotted(t []string) (string, []string) {
	n := 1
	for n+1 < len(t) && t[n] == "." {
		n += 2
	}
	if len(t) == 0 {
		return "", nil
	}
	return strings.Join(t[:n], ""), t[n:]
}

// parentheses returns what is between the first parenthesis and the one that closes it, and what follows.
func parentheses(t []string) (inner, rest []string) {
	depth := 0
	for i, w := range t {
		switch w {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return t[1:i], t[i+1:]
			}
		}
	}
	return nil, nil
}

// split parts a list at its commas.
func split(t []string) [][]string {
	var list [][]string
	depth, from := 0, 0
	for i, w := range t {
		switch {
		case w == "(" || w == "[":
			depth++
		case w == ")" || w == "]":
			depth--
		case w == "," && depth == 0:
			list, from = append(list, t[from:i]), i+1
		}
	}
	if from < len(t) {
		list = append(list, t[from:])
	}
	return slices.DeleteFunc(list, func(p []string) bool { return len(p) == 0 })
}
