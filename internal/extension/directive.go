package extension

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

const (
	directivePrefix = "//pg:"
	directiveName   = "//pg:function"
	procedureName   = "//pg:procedure"
	procedureWords  = "name=NAME, security=definer|invoker"
	allowedWords    = "immutable, stable, volatile, strict, parallel=safe|restricted|unsafe, cost=NUMBER, name=NAME, security=definer|invoker"
	maxCost         = 1e9
)

// directives are all that there are.
var directives = []string{directiveName, procedureName, argName, resultName, typeName, compositeName, enumName}

// directive is a parsed //pg:function or //pg:procedure line.
type directive struct {
	procedure  bool
	pos        token.Pos
	volatility string
	parallel   string
	security   string
	cost       string
	name       string
	namePos    token.Pos
	strict     token.Pos // of the word, if it is there
	args       []*argDirective
	results    []*argDirective
}

type word struct {
	pos  token.Pos
	text string
}

// words splits the rest of a directive line at blanks, with positions.
func words(c *ast.Comment, from int) []word {
	var out []word
	text := c.Text
	for i := from; i < len(text); {
		if strings.IndexByte(" \t\r", text[i]) >= 0 {
			i++
			continue
		}
		j := i
		for j < len(text) && strings.IndexByte(" \t\r", text[j]) < 0 {
			j++
		}
		out = append(out, word{c.Slash + token.Pos(i), text[i:j]})
		i = j
	}
	return out
}

// isDirective reports whether a comment line is a directive of ours, known or not.
func isDirective(c *ast.Comment) bool {
	return strings.HasPrefix(c.Text, directivePrefix)
}

// isMisspelt reports whether a comment line looks like the directive but, for a
// blank after the slashes, is none.
func isMisspelt(c *ast.Comment) bool {
	rest, ok := strings.CutPrefix(c.Text, "//")
	if !ok || isDirective(c) {
		return false
	}
	f := strings.Fields(rest)
	return len(f) > 0 && slices.Contains(directives, "//"+f[0])
}

// parseDirective reads one directive line; ok is false if it is none that we
// know, which is then reported.
func (c *collector) parseDirective(line *ast.Comment) (d directive, ok bool) {
	all := words(line, 0)
	directive, allowed := all[0].text, allowedWords
	switch directive {
	case directiveName:
	case procedureName:
		d.procedure = true
		allowed = procedureWords
	default:
		c.addf(line.Slash, "unknown directive %s; there are %s", directive, strings.Join(directives, ", "))
		return d, false
	}
	d.pos = line.Slash
	seen := map[string]string{}
	for _, w := range all[1:] {
		key, value, hasValue := strings.Cut(w.text, "=")
		slot, isFlag := flagWords[key]
		if !isFlag {
			slot = key
		}
		switch {
		case isFlag && hasValue:
			c.addf(w.pos, "%s takes no value; write %s alone", key, key)
			continue
		case !isFlag && !valueWords[key]:
			c.addf(w.pos, "unknown word %q in %s; allowed are %s", w.text, directive, allowed)
			continue
		case d.procedure && key != "name" && key != "security":
			c.addf(w.pos, "a procedure cannot be %s; allowed are %s", w.text, allowed)
			continue
		case !isFlag && value == "":
			c.addf(w.pos, "%s needs a value; allowed are %s", key, allowed)
			continue
		}
		if before, dup := seen[slot]; dup {
			if before == w.text {
				c.addf(w.pos, "%s stands twice; leave one out", w.text)
			} else {
				c.addf(w.pos, "%s contradicts %s; leave one out", w.text, before)
			}
			continue
		}
		seen[slot] = w.text
		c.applyWord(&d, w, key, value)
	}
	return d, true
}

// flagWords are the words without a value, with the property they set; of the
// words that set one property only one may stand.
var flagWords = map[string]string{
	"immutable": "volatility", "stable": "volatility", "volatile": "volatility",
	"strict": "strict",
}

var valueWords = map[string]bool{"parallel": true, "cost": true, "name": true, "security": true}

func (c *collector) applyWord(d *directive, w word, key, value string) {
	valuePos := w.pos + token.Pos(len(key)+1)
	switch key {
	case "immutable", "stable", "volatile":
		d.volatility = key
	case "strict":
		d.strict = w.pos
	case "parallel":
		if value != "safe" && value != "restricted" && value != "unsafe" {
			c.addf(valuePos, "parallel=%s is unknown; allowed are safe, restricted, unsafe", value)
			return
		}
		d.parallel = value
	case "security":
		if value != "definer" && value != "invoker" {
			c.addf(valuePos, "security=%s is unknown; allowed are definer, invoker", value)
			return
		}
		d.security = value
	case "cost":
		// Digits and a point only: the text goes into the SQL as it is.
		f, err := strconv.ParseFloat(value, 64)
		if err != nil || strings.Trim(value, "0123456789.") != "" || f <= 0 || f > maxCost {
			c.addf(valuePos, "cost=%s is out of range; allowed is a decimal number above 0, at most 1000000000", value)
			return
		}
		d.cost = value
	case "name":
		if err := checkIdentifier(value); err != nil {
			c.addf(valuePos, "%v", err)
			return
		}
		d.name, d.namePos = value, valuePos
	}
}
