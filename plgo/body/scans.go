package body

import (
	"go/ast"
	"go/token"
)

const scansRow = `A row's values are scanned: err := pg.QueryRow("SELECT …", args…).Scan(&n).`

// unscanned finds rows that nobody scans, of statements that a variable is a parameter of: it was
// to get the value, and would keep its own without a word.
func (w *wrapper) unscanned(p *Package) (diagnostics []Diagnostic) {
	h := &hoisting{info: p.Info}
	ast.Inspect(p.File, func(n ast.Node) bool {
		s, ok := n.(*ast.ExprStmt)
		if !ok {
			return true
		}
		path, name, args := h.call(s.X)
		if path == "" || path != w.sig.PG || name != "QueryRow" {
			return true
		}
		for _, x := range args[1:] {
			if u, ok := ast.Unparen(x).(*ast.UnaryExpr); ok && u.Op == token.AND {
				d := p.Locate(x.Pos(), "this is a parameter of the statement, whose row nobody scans")
				d.Hint = scansRow
				diagnostics = append(diagnostics, d)
				break
			}
		}
		return true
	})
	return diagnostics
}
