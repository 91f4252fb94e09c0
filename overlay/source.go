package overlay

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// source is a parsed Go file, stock or ours.
type source struct {
	path  string // for messages
	src   []byte
	tf    *token.File
	file  *ast.File
	decls []*decl
}

// decl is one name that a file declares at top level.
type decl struct {
	name  string // "x", or "T.m" for a method
	in    *source
	ident *ast.Ident
	fn    *ast.FuncDecl // or
	gen   *ast.GenDecl  // with
	spec  ast.Spec
	prev  token.Pos // end of what stands before it, where its pragmas may begin

	// For a constant, inherited or not; a variable has its type here too.
	typ, value ast.Expr
	iota       int
}

func parseSource(path string, src []byte) (*source, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	s := &source{path: path, src: src, file: f, tf: fset.File(f.FileStart)}
	prev := f.Name.End()
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if name := funcName(d); name != "" {
				s.decls = append(s.decls, &decl{name: name, in: s, ident: d.Name, fn: d, prev: prev})
			}
		case *ast.GenDecl:
			s.addGen(d, prev)
		}
		prev = d.End()
	}
	return s, nil
}

func (s *source) addGen(d *ast.GenDecl, prev token.Pos) {
	if d.Lparen.IsValid() {
		prev = d.Lparen + 1
	}
	var last *ast.ValueSpec // the spec that later ones of a const group repeat
	for i, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			s.add(&decl{ident: spec.Name, gen: d, spec: spec, prev: prev})
		case *ast.ValueSpec:
			if last == nil || len(spec.Values) > 0 {
				last = spec
			}
			for j, id := range spec.Names {
				c := &decl{ident: id, gen: d, spec: spec, prev: prev, typ: spec.Type}
				if d.Tok == token.CONST {
					c.iota, c.typ = i, last.Type
					if j < len(last.Values) {
						c.value = last.Values[j]
					}
				}
				s.add(c)
			}
		}
		prev = spec.End()
	}
}

func (s *source) add(d *decl) {
	if d.name = d.ident.Name; d.name != "_" {
		d.in = s
		s.decls = append(s.decls, d)
	}
}

// funcName names a function as rules do; it is empty for init and _, of which there may be many.
func funcName(d *ast.FuncDecl) string {
	name := d.Name.Name
	if d.Recv == nil {
		if name == "init" || name == "_" {
			return ""
		}
		return name
	}
	if len(d.Recv.List) != 1 {
		return ""
	}
	return receiver(d.Recv.List[0].Type) + "." + name
}

// receiver returns the name of a receiver's type, without star, parentheses and type parameters.
func receiver(t ast.Expr) string {
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

func (d *decl) isMethod() bool { return d.fn != nil && d.fn.Recv != nil }

// node is the smallest piece of syntax that is this declaration's own.
func (d *decl) node() ast.Node {
	switch {
	case d.fn != nil:
		return d.fn
	case d.gen.Lparen.IsValid():
		return d.spec
	}
	return d.gen
}

// docs are the comment groups that document the declaration, its group's included.
func (d *decl) docs() []*ast.CommentGroup {
	if d.fn != nil {
		return []*ast.CommentGroup{d.fn.Doc}
	}
	docs := []*ast.CommentGroup{d.gen.Doc}
	switch s := d.spec.(type) {
	case *ast.TypeSpec:
		docs = append(docs, s.Doc)
	case *ast.ValueSpec:
		docs = append(docs, s.Doc)
	}
	return docs
}

func (s *source) offset(p token.Pos) int { return s.tf.Offset(p) }

func (s *source) line(p token.Pos) int { return s.tf.Line(p) }

const addDirective = "//pgstd:add"

// marked reports whether one of the groups holds the directive that says "this adds".
func marked(groups ...*ast.CommentGroup) bool {
	for _, g := range groups {
		if g == nil {
			continue
		}
		for _, c := range g.List {
			if word, _, _ := strings.Cut(c.Text, " "); word == addDirective {
				return true
			}
		}
	}
	return false
}

// addsAll reports whether the whole file is marked, before its package clause.
func (s *source) addsAll() bool {
	for _, g := range s.file.Comments {
		if g.Pos() < s.file.Package && marked(g) {
			return true
		}
	}
	return false
}

// linknames returns the local names that the file's //go:linkname lines are about.
func (s *source) linknames() map[string][]*ast.Comment {
	var names map[string][]*ast.Comment
	for _, g := range s.file.Comments {
		for _, c := range g.List {
			if name := linkname(c); name != "" {
				if names == nil {
					names = map[string][]*ast.Comment{}
				}
				names[name] = append(names[name], c)
			}
		}
	}
	return names
}

func linkname(c *ast.Comment) string {
	rest, ok := strings.CutPrefix(c.Text, "//go:linkname ")
	if !ok {
		return ""
	}
	if f := strings.Fields(rest); len(f) > 0 {
		return f[0]
	}
	return ""
}
