package overlay

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// edit overwrites src[start:end]: with text if there is any, otherwise with spaces. Newlines
// stay, so every line keeps its number and no //line comment is needed.
type edit struct {
	start, end int
	text       string
}

// apply returns src with the edits made, which must not overlap unless they blank.
func apply(src []byte, edits []edit) ([]byte, error) {
	out := slices.Clone(src)
	var texts []edit
	for _, e := range edits {
		if e.text == "" {
			blank(out[e.start:e.end])
		} else {
			texts = append(texts, e)
		}
	}
	slices.SortFunc(texts, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	var b []byte
	at := 0
	for _, e := range texts {
		if e.start < at {
			return nil, fmt.Errorf("two changes overlap at byte %d", e.start)
		}
		b = append(append(b, out[at:e.start]...), e.text...)
		at = e.end
	}
	return append(b, out[at:]...), nil
}

func blank(b []byte) {
	for i := range b {
		if b[i] != '\n' {
			b[i] = ' '
		}
	}
}

// eraser collects the edits that take declarations out of one file.
type eraser struct {
	s     *source
	gone  map[*decl]bool
	edits []edit
}

// erase returns the edits that remove the given declarations of s.
func (s *source) erase(gone map[*decl]bool) []edit {
	e := &eraser{s: s, gone: gone}
	done := map[ast.Node]bool{}
	for _, d := range s.decls {
		if !gone[d] {
			continue
		}
		n, doc, prev := d.node(), d.docs()[0], d.prev
		whole := true
		if d.gen != nil {
			if whole = e.whole(d.gen, nil); whole {
				n, prev = d.gen, e.before(d.gen) // all names go, so nothing depends on iota
			} else if d.gen.Tok != token.CONST && d.gen.Lparen.IsValid() {
				whole, doc = e.whole(d.gen, d.spec), d.docs()[1]
			}
		}
		switch {
		case done[n]:
		case whole:
			done[n] = true
			e.declaration(n, doc, prev)
		default:
			// A constant keeps its place for iota and for those that repeat it; a
			// variable that shares its initializer with others keeps receiving it.
			e.edits = append(e.edits, edit{s.offset(d.ident.Pos()), s.offset(d.ident.End()),
				"_" + strings.Repeat(" ", len(d.ident.Name)-1)})
		}
	}
	return e.edits
}

// whole reports whether every name in the spec, or in the group if spec is nil, goes.
func (e *eraser) whole(g *ast.GenDecl, spec ast.Spec) bool {
	names := 0
	for _, d := range e.s.decls {
		if d.gen == g && (spec == nil || d.spec == spec) {
			if !e.gone[d] {
				return false
			}
			names++
		}
	}
	// A blank name was put there on purpose, as an assertion or a side effect.
	for _, sp := range g.Specs {
		if vs, ok := sp.(*ast.ValueSpec); ok && (spec == nil || sp == spec) {
			for _, id := range vs.Names {
				if id.Name == "_" {
					return false
				}
			}
		}
	}
	return names > 0
}

// before returns the place from which on pragmas count for the group g.
func (e *eraser) before(g *ast.GenDecl) token.Pos {
	prev := e.s.file.Name.End()
	for _, other := range e.s.file.Decls {
		if other == ast.Decl(g) {
			break
		}
		prev = other.End()
	}
	return prev
}

// declaration blanks n, its documentation, and the pragmas since prev, which would otherwise
// attach themselves to whatever comes next.
func (e *eraser) declaration(n ast.Node, doc *ast.CommentGroup, prev token.Pos) {
	s := e.s
	start, end := s.offset(n.Pos()), s.offset(n.End())
	if doc != nil {
		for _, c := range doc.List {
			// A group of linknames may stand above any of the functions it names.
			if name := linkname(c); name == "" || e.names(n, name) {
				e.comment(c)
			}
		}
	}
	for _, g := range s.file.Comments {
		if g.End() <= prev || g == doc {
			continue
		}
		if g.Pos() >= n.Pos() {
			break
		}
		for _, c := range g.List {
			if c.Pos() >= prev && e.pragma(c, n) {
				e.comment(c)
			}
		}
	}
	// "var a int; var b int": an empty declaration is no Go.
	for i := end; i < len(s.src); i++ {
		if b := s.src[i]; b == ';' {
			end = i + 1
		} else if b == ' ' || b == '\t' {
			continue
		}
		break
	}
	e.edits = append(e.edits, edit{start: start, end: end})
}

// pragma reports whether the comment is a compiler directive that counts for the node n.
func (e *eraser) pragma(c *ast.Comment, n ast.Node) bool {
	if !strings.HasPrefix(c.Text, "//go:") || strings.HasPrefix(c.Text, "//go:generate ") {
		return false
	}
	name := linkname(c)
	return name == "" || e.names(n, name)
}

// names reports whether the node n declares name.
func (e *eraser) names(n ast.Node, name string) bool {
	for _, d := range e.s.decls {
		if d.name == name && n.Pos() <= d.ident.Pos() && d.ident.Pos() < n.End() {
			return true
		}
	}
	return false
}

func (e *eraser) comment(c *ast.Comment) {
	e.edits = append(e.edits, edit{start: e.s.offset(c.Pos()), end: e.s.offset(c.End())})
}
