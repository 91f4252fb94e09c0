package overlay

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"strings"
)

// pin is what the lock file knows of one declaration that the overlay takes out or changes, or
// of one file that is not Go.
type pin struct {
	verb string // drop, replace, remove, subst, assembly
	pkg  string // import path
	file string // name of the file that has it
	name string // declaration; "*" for a file that is not Go, "init" for all of a file's init functions
	sig  string // hash of what others rely on
	body string // hash of the rest

	why string // the reasons that the rules give, for whoever reads the lock file
}

// key identifies what is pinned. A declaration that moves to another file keeps its key.
func (p *pin) key() string {
	if p.name == "*" || p.name == "init" {
		return p.pkg + "/" + p.file + " " + p.name
	}
	return p.pkg + " " + p.name
}

// subject is how messages call it.
func (p *pin) subject() string {
	switch p.name {
	case "*":
		return p.file
	case "init":
		return "init in " + p.file
	}
	return p.name
}

// pinned is a pin with the text it was made of, for the drift report.
type pinned struct {
	pin
	text []byte
}

// pins returns all that the plan takes out or changes.
func (p *pkgPlan) pins() []pinned {
	var out []pinned
	why := p.reasons()
	add := func(verb string, f *stock, d *decl, name, sig, body string, text []byte) {
		reason := why[d]
		if f.drop != nil {
			reason = f.drop.reason
		}
		out = append(out, pinned{pin{verb, p.path, f.name, name, digest(sig), digest(body), reason}, text})
	}
	verbs := p.verbs()
	for _, f := range p.stock {
		switch {
		case f.drop != nil && f.parsed == nil && !isTest(f.name):
			add("drop", f, nil, "*", "", plain(f.src), f.src)
		case f.retagged && f.selected && isAsm(f.name):
			add("assembly", f, nil, "*", "", plain(f.src), f.src)
		case f.parsed != nil:
			for _, d := range f.parsed.decls {
				if verb := verbs[d]; verb != "" {
					add(verb, f, d, d.name, d.signature(), d.body(), d.text())
				} else if f.drop != nil {
					add("drop", f, d, d.name, d.signature(), d.body(), d.text())
				}
			}
			if text := f.parsed.inits(); f.drop != nil && len(text) > 0 {
				add("drop", f, nil, "init", "", join(tokens(text)), text)
			}
		}
	}
	return out
}

func (p *pkgPlan) verbs() map[*decl]string {
	verbs := map[*decl]string{}
	for _, s := range p.substs {
		verbs[s.at] = "subst"
	}
	for d, r := range p.gone {
		verbs[d] = "replace"
		if r != nil {
			verbs[d] = "remove"
		}
	}
	return verbs
}

// reasons collects why declarations are removed or changed.
func (p *pkgPlan) reasons() map[*decl]string {
	why := map[*decl]string{}
	for _, s := range p.substs {
		if why[s.at] != "" {
			why[s.at] += "; "
		}
		why[s.at] += s.rule.reason
	}
	for d, r := range p.gone {
		if r != nil {
			why[d] = r.reason
		}
	}
	return why
}

// digest is short: it notices changes, it does not resist forgery.
func digest(s string) string {
	if s == "" {
		return "-"
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

// signature is what other code of the package relies on, as text without formatting. Names of
// parameters are not part of it.
func (d *decl) signature() string {
	if d.fn != nil {
		s := "func"
		if d.fn.Recv != nil {
			s += " (" + d.types(d.fn.Recv) + ")"
		}
		s += " " + d.fn.Name.Name
		if tp := d.fn.Type.TypeParams; tp != nil {
			s += d.code(tp)
		}
		return s + "(" + d.types(d.fn.Type.Params) + ") (" + d.types(d.fn.Type.Results) + ")"
	}
	switch spec := d.spec.(type) {
	case *ast.TypeSpec:
		return "type " + d.code(spec)
	default:
		return d.gen.Tok.String() + " " + d.name + " " + d.code(d.typ)
	}
}

// body is the rest: what the declaration does, and its pragmas.
func (d *decl) body() string {
	s := ""
	for _, g := range d.docs() {
		if g == nil {
			continue
		}
		for _, c := range g.List {
			if strings.HasPrefix(c.Text, "//go:") {
				s += c.Text + "\n"
			}
		}
	}
	if d.fn != nil {
		if d.fn.Body == nil {
			return s
		}
		return s + d.code(d.fn.Body)
	}
	spec, ok := d.spec.(*ast.ValueSpec)
	switch {
	case !ok:
		return s
	case d.gen.Tok == token.CONST && d.value != nil:
		s += d.code(d.value)
		if strings.Contains(" "+d.code(d.value)+" ", " iota ") {
			s += fmt.Sprint(" # ", d.iota)
		}
	case d.gen.Tok == token.VAR:
		for _, v := range spec.Values {
			s += d.code(v) + ","
		}
	}
	return s
}

func (d *decl) types(list *ast.FieldList) string {
	if list == nil {
		return ""
	}
	var types []string
	for _, f := range list.List {
		for range max(1, len(f.Names)) {
			types = append(types, d.code(f.Type))
		}
	}
	return strings.Join(types, ", ")
}

// code is the source of a node, token by token.
func (d *decl) code(n ast.Node) string {
	if n == nil {
		return ""
	}
	return join(tokens(d.in.src[d.in.offset(n.Pos()):d.in.offset(n.End())]))
}

func join(toks []tok) string {
	words := make([]string, len(toks))
	for i, t := range toks {
		words[i] = t.text
	}
	return strings.Join(words, " ")
}

// text is the declaration as it stands in its file, documentation included.
func (d *decl) text() []byte {
	n := d.node()
	if d.fn == nil {
		n = d.spec
	}
	return d.in.lines(d.docs()[len(d.docs())-1], n)
}

// lines returns the lines of src that doc and n occupy.
func (s *source) lines(doc *ast.CommentGroup, n ast.Node) []byte {
	start, end := s.offset(n.Pos()), s.offset(n.End())
	if doc != nil {
		start = s.offset(doc.Pos())
	}
	for start > 0 && s.src[start-1] != '\n' {
		start--
	}
	for end < len(s.src) && s.src[end] != '\n' {
		end++
	}
	return append(s.src[start:end:end], '\n')
}

// inits is the source of all init functions.
func (s *source) inits() []byte {
	var out []byte
	for _, d := range s.file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			out = append(out, s.lines(fn.Doc, fn)...)
		}
	}
	return out
}

// plain is the text of an assembly or C file without line comments and formatting.
func plain(src []byte) string {
	var out []string
	for line := range strings.Lines(string(src)) {
		line, _, _ = strings.Cut(line, "//")
		if words := strings.Fields(line); len(words) > 0 {
			out = append(out, strings.Join(words, " "))
		}
	}
	return strings.Join(out, "\n")
}

func (p *pin) path() string { return path.Join(p.pkg, p.file) }
