package body

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// What stands before the statements has one of two places. Variables are the call's, as
// all that a Go function declares; kept between calls, as variables of the package, is
// what stands in a group, var ( … ), and nothing else. Types, constants and functions
// belong to the package, unless they use something of the call.

// piece is what is moved as a whole: a declaration, or one line of a group of variables.
type piece struct {
	from, to int
	keyword  token.Token
	prefix   string // what a line of a group needs to stand alone
	local    bool
	// A function that uses something of the call becomes a variable that holds it; this
	// is where its signature and its body begin.
	name            string
	signature, body int

	names []*ast.Ident
	node  ast.Node
	uses  map[*piece]bool
	fixed string // why it cannot be moved into the function
}

func (p *piece) isClosure() bool { return p.local && p.keyword == token.FUNC }

// pieces makes those of a text as the parser sees it, in its order.
func (w *wrapper) pieces(p *Package) []*piece {
	g := p.generated
	at := func(pos token.Pos) int { return g.origin(p.Fset.PositionFor(pos, false).Offset) }
	nodes := map[int]ast.Decl{}
	add := func(d ast.Decl) {
		if g.ours(p.Fset.PositionFor(d.Pos(), false).Offset) {
			nodes[at(d.Pos())] = d
		}
	}
	main := w.declaration(p)
	for _, d := range p.File.Decls {
		if d != ast.Decl(main) {
			add(d)
		}
	}
	for _, s := range main.Body.List {
		if d, ok := s.(*ast.DeclStmt); ok {
			add(d.Decl)
		}
	}
	var list []*piece
	for _, d := range w.parts.declarations {
		switch n := nodes[d.from].(type) {
		case *ast.FuncDecl:
			one := &piece{from: d.from, to: d.to, keyword: d.keyword, node: n, name: n.Name.Name, names: []*ast.Ident{n.Name}}
			switch {
			case n.Body == nil, one.name == "init", one.name == "_":
				one.fixed = "function " + n.Name.Name
			case n.Recv != nil:
				one.fixed = "method " + n.Name.Name
			case n.Type.TypeParams != nil:
				one.fixed = "generic function " + n.Name.Name
			default:
				one.signature, one.body = at(n.Type.Params.Pos()), at(n.Body.Pos())
			}
			list = append(list, one)
		case *ast.GenDecl:
			if !d.group || d.keyword != token.VAR {
				one := &piece{from: d.from, to: d.to, keyword: d.keyword, node: n, local: d.keyword == token.VAR}
				for _, s := range n.Specs {
					one.names = append(one.names, specNames(s)...)
				}
				list = append(list, one)
				continue
			}
			for _, s := range n.Specs {
				one := &piece{from: at(s.Pos()), to: at(s.End()-1) + 1, keyword: token.VAR, prefix: "var ", node: s, names: specNames(s)}
				if rest := w.text.src[one.to:]; strings.HasPrefix(strings.TrimLeft(rest, " \t"), ";") {
					one.to += strings.IndexByte(rest, ';') + 1
				}
				list = append(list, one)
			}
		}
	}
	return list
}

func specNames(s ast.Spec) []*ast.Ident {
	switch s := s.(type) {
	case *ast.ValueSpec:
		return s.Names
	case *ast.TypeSpec:
		return []*ast.Ident{s.Name}
	}
	return nil
}

// place finds the pieces and what of them uses something of the call: it has to move.
// The package has been checked with the variables of the call in the function already.
func (w *wrapper) place(p *Package) []Diagnostic {
	list := w.pieces(p)
	byName := map[string]*piece{}
	byObject := map[types.Object]*piece{}
	for _, one := range list {
		for _, id := range one.names {
			if obj := p.Info.Defs[id]; obj != nil {
				byObject[obj] = one
			}
			if one.local && id.Name != "_" {
				byName[id.Name] = one
			}
		}
	}
	arguments := w.paramNames()
	unresolved := map[*ast.Ident]bool{}
	for _, id := range p.File.Unresolved {
		unresolved[id] = true
	}
	of := map[*piece]string{} // what a piece uses of the call
	for _, one := range list {
		one.uses = map[*piece]bool{}
		ast.Inspect(one.node, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				// The parser cannot tell keys from fields.
				if t := p.Info.TypeOf(n); t == nil || !isStruct(t) {
					for _, e := range n.Elts {
						if kv, ok := e.(*ast.KeyValueExpr); ok {
							if id, ok := kv.Key.(*ast.Ident); ok && id.Obj == nil {
								unresolved[id] = true
							}
						}
					}
				}
			case *ast.Ident:
				obj := p.Info.Uses[n]
				if other := byObject[obj]; obj != nil && other != nil {
					one.uses[other] = true
				}
				if obj != nil || !unresolved[n] {
					return true
				}
				if other := byName[n.Name]; other != nil {
					one.uses[other] = true
				} else if arguments[n.Name] {
					of[one] = n.Name
				}
			}
			return true
		})
	}
	for again := true; again; {
		again = false
		for _, one := range list {
			if of[one] == "" {
				for other := range one.uses {
					if other.local && other != one {
						of[one] = other.names[0].Name
					}
				}
			}
			if of[one] == "" || one.local {
				continue
			}
			if one.fixed != "" {
				return []Diagnostic{w.text.diagnostic(one.from, fmt.Sprintf("%s uses %s, which each call has anew; "+
					"give it as an argument, or declare it in a group, var ( … ), to keep it between calls", one.fixed, of[one]))}
			}
			one.local, again = true, true
		}
	}
	w.placed = list
	return nil
}

func isStruct(t types.Type) bool {
	_, ok := t.Underlying().(*types.Struct)
	return ok
}

// writePackage writes what belongs to the package; what is moved leaves its place.
func (w *wrapper) writePackage(g *generated) {
	at := 0
	for _, one := range w.placed {
		if one.local {
			g.take(at, one.from, w.edits)
			at = one.to
		}
	}
	g.take(at, w.parts.body, w.edits)
}

// writeLocal writes what belongs to the call, in the order of the text; functions
// follow what they use.
func (w *wrapper) writeLocal(g *generated) {
	written := map[*piece]bool{}
	w.writeClosures(g, written)
	for _, one := range w.placed {
		if !one.local || one.isClosure() {
			continue
		}
		g.write(one.prefix)
		g.take(one.from, one.to, w.edits)
		g.write("\n")
		written[one] = true
		w.writeClosures(g, written)
	}
}

// writeClosures writes the functions all of whose variables are there. They know each
// other, so they are declared first.
func (w *wrapper) writeClosures(g *generated, written map[*piece]bool) {
	var ready []*piece
	for _, one := range w.placed {
		if one.isClosure() && !written[one] && !waits(one, written, map[*piece]bool{}) {
			ready = append(ready, one)
		}
	}
	for _, one := range ready {
		g.write("var " + one.name + " func")
		g.take(one.signature, one.body, w.edits)
		g.write("\n_ = " + one.name + "\n")
		written[one] = true
	}
	for _, one := range ready {
		g.write(one.name + " = func")
		g.take(one.signature, one.to, w.edits)
		g.write("\n")
	}
}

// waits reports whether a function uses a variable that is not written yet, itself or
// through others.
func waits(one *piece, written, seen map[*piece]bool) bool {
	if seen[one] {
		return false
	}
	seen[one] = true
	for other := range one.uses {
		if !other.local || written[other] {
			continue
		}
		if !other.isClosure() || waits(other, written, seen) {
			return true
		}
	}
	return false
}

// initially places declarations before anything is known of what they use.
func (w *wrapper) initially() {
	w.placed = nil
	for _, d := range w.parts.declarations {
		w.placed = append(w.placed, &piece{from: d.from, to: d.to, keyword: d.keyword, local: d.keyword == token.VAR && !d.group})
	}
}

// moved reports whether anything is where it has not been at first.
func (w *wrapper) moved() bool {
	return slices.ContainsFunc(w.placed, func(one *piece) bool {
		return one.local && (one.keyword != token.VAR || one.prefix != "")
	})
}
