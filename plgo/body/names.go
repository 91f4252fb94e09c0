package body

import (
	"fmt"
	"go/token"
	"strings"
	"unicode"
)

// Exported makes an exported Go name of an SQL name: word_count becomes WordCount.
func Exported(name string) string {
	var b strings.Builder
	upper := true
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			upper = true
			continue
		case b.Len() == 0 && !unicode.IsUpper(unicode.ToUpper(r)):
			b.WriteByte('F') // a digit, or a letter that has no upper case
		case upper:
			r = unicode.ToUpper(r)
		}
		upper = false
		b.WriteRune(r)
	}
	if b.Len() == 0 {
		return "Function"
	}
	return b.String()
}

// identifier makes a Go identifier of an SQL name.
func identifier(name string) string {
	id := strings.Map(func(r rune) rune {
		if r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '_'
	}, name)
	// What is put around the text says nil, too.
	if token.IsKeyword(id) || id == "nil" {
		return id + "_"
	}
	if !token.IsIdentifier(id) {
		return "_" + id
	}
	return id
}

// goName is the name of argument i, counted from 0.
func (w *wrapper) goName(i int) string {
	if p := w.sig.Params[i]; p.InOut || p.NilSlice {
		return "pgstd_" + w.textName(i)
	}
	return w.textName(i)
}

// textName is what a text calls it.
func (w *wrapper) textName(i int) string {
	if name := w.sig.Params[i].Name; name != "" {
		return identifier(name)
	}
	return fmt.Sprintf("_%d", i+1)
}

// paramNames are all names by which a body can mean an argument or a named result.
func (w *wrapper) paramNames() map[string]bool {
	names := map[string]bool{"args": true}
	for i := range w.sig.Params {
		names[w.goName(i)], names[w.textName(i)] = true, true
		names[fmt.Sprintf("_%d", i+1)] = true
	}
	for _, r := range w.sig.Results {
		if r.Name != "" {
			names[identifier(r.Name)] = true
		}
	}
	return names
}

func (w *wrapper) params() string {
	params := make([]string, len(w.sig.Params))
	for i, p := range w.sig.Params {
		params[i] = w.goName(i) + " " + p.Type
	}
	return strings.Join(params, ", ")
}

func (w *wrapper) results() string {
	var results []string
	named := false
	for i, r := range w.sig.Results {
		typ := r.Type
		if w.pointers[i] && !strings.HasPrefix(typ, "*") {
			typ = "*" + typ
		}
		switch {
		case w.sig.Set && w.rowsFail:
			typ = "iter.Seq2[" + typ + ", error]"
		case w.sig.Set:
			typ = "iter.Seq[" + typ + "]"
		}
		if r.Name != "" {
			named = true
			typ = identifier(r.Name) + " " + typ
		}
		results = append(results, typ)
	}
	if named {
		last := "_ error"
		if w.catches {
			last = "pgstd_err error"
		}
		return "(" + strings.Join(append(results, last), ", ") + ")"
	}
	if w.catches {
		for i := range results {
			results[i] = fmt.Sprintf("pgstd_%d %s", i, results[i])
		}
		return "(" + strings.Join(append(results, "pgstd_err error"), ", ") + ")"
	}
	return "(" + strings.Join(append(results, "error"), ", ") + ")"
}

// unnamed declares the other names of arguments, as far as the text uses them and
// does not mean something else by them.
func (w *wrapper) unnamed(g *generated) {
	taken := map[string]bool{}
	same := true
	list := make([]string, len(w.sig.Params))
	for i, p := range w.sig.Params {
		list[i] = w.goName(i)
		taken[list[i]] = true
		if p.NilSlice {
			name := w.textName(i)
			g.printf("var %s %s\n_ = %s\nif %s != nil { %s = *%s }\n", name, p.Elem, name, list[i], name, list[i])
			list[i], taken[name], p.Type = name, true, p.Elem
		}
		same = same && p.Type == w.sig.Params[0].Type && !p.NilSlice
	}
	for i, p := range w.sig.Params {
		if p.InOut {
			if pointer := w.inOutPointer(p.Name); pointer && p.Elem == "" {
				g.printf("%s = &%s\n", identifier(p.Name), list[i])
			} else {
				g.printf("%s = %s\n", identifier(p.Name), list[i])
			}
		}
		name := fmt.Sprintf("_%d", i+1)
		if !taken[name] && w.free[name] {
			g.printf("%s := %s\n_ = %s\n", name, list[i], name)
		}
	}
	if !taken["args"] && w.free["args"] {
		elem := "any"
		if same && len(list) > 0 {
			elem = w.sig.Params[0].Type
		}
		g.printf("args := []%s{%s}\n_ = args\n", elem, strings.Join(list, ", "))
	}
}

// inOutPointer reports whether the result of a name is a pointer.
func (w *wrapper) inOutPointer(name string) bool {
	for i, r := range w.sig.Results {
		if r.Name == name {
			return w.pointers[i] || strings.HasPrefix(r.Type, "*")
		}
	}
	return false
}
