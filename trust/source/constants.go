//lint:file-ignore SA1019 types are what it keeps from being computed: there are only objects of the parser

package source

import (
	"go/ast"
	"go/token"
)

// maxConstant is how long a string constant may be.
const maxConstant = 64 << 20

// BigConstants finds string constants of a package that are too long for rule
// constant-size. Whoever type-checks source of others asks for them before, since the
// type checker computes constants. The files have to be parsed with object resolution.
func BigConstants(files ...*ast.File) []ast.Expr {
	big, _ := bigConstants(files, nil)
	return big
}

// bigConstants finds string constants that are longer than maxConstant, without
// computing any. Lengths are upper bounds: of a sum the sum, of a conversion that of
// its operand. It also returns the lengths of the constants that other packages can
// name; exported are those of packages that have been looked at before.
func bigConstants(files []*ast.File, exported map[string]map[string]int64) (big []ast.Expr, own map[string]int64) {
	c := &constants{packageScope: map[string]*ast.Object{}, lengths: map[*ast.Object]int64{}, values: map[*ast.Object]ast.Expr{}}
	for _, f := range files {
		for name, obj := range f.Scope.Objects {
			c.packageScope[name] = obj
		}
		ast.Inspect(f, c.collect)
	}
	for _, f := range files {
		c.imported = nil
		for _, spec := range f.Imports {
			c.imported = append(c.imported, exported[importPath(spec)])
		}
		inner := map[ast.Node]bool{}
		ast.Inspect(f, func(n ast.Node) bool {
			e, ok := n.(*ast.BinaryExpr)
			if !ok || e.Op != token.ADD || inner[n] {
				return true
			}
			for b, ok := e.X.(*ast.BinaryExpr); ok && b.Op == token.ADD; b, ok = b.X.(*ast.BinaryExpr) {
				inner[b] = true
			}
			if c.length(e) > maxConstant {
				big = append(big, e)
				return false
			}
			return true
		})
	}
	own = map[string]int64{}
	for name, obj := range c.packageScope {
		if value, ok := c.values[obj]; ok && ast.IsExported(name) {
			own[name] = c.length(value)
		}
	}
	return big, own
}

type constants struct {
	imported     []map[string]int64 // by the file at hand
	packageScope map[string]*ast.Object
	values       map[*ast.Object]ast.Expr
	lengths      map[*ast.Object]int64
}

// collect notes the value of each constant; one without takes that of the one before.
func (c *constants) collect(n ast.Node) bool {
	d, ok := n.(*ast.GenDecl)
	if !ok || d.Tok != token.CONST {
		return true
	}
	var last []ast.Expr
	for _, spec := range d.Specs {
		s, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		if len(s.Values) > 0 {
			last = s.Values
		}
		for i, name := range s.Names {
			if i < len(last) && name.Obj != nil {
				c.values[name.Obj] = last[i]
			}
		}
	}
	return true
}

func (c *constants) length(e ast.Expr) int64 {
	switch e := e.(type) {
	case *ast.BasicLit:
		return int64(len(e.Value))
	case *ast.SelectorExpr:
		// Which import it is does not matter for an upper bound.
		var n int64
		for _, lengths := range c.imported {
			n = max(n, lengths[e.Sel.Name])
		}
		return n
	case *ast.ParenExpr:
		return c.length(e.X)
	case *ast.CallExpr:
		if len(e.Args) == 1 {
			return c.length(e.Args[0])
		}
	case *ast.BinaryExpr:
		// A sum of many terms leans to the left: a loop, not a recursion.
		var sum int64
		var x ast.Expr = e
		for {
			b, ok := x.(*ast.BinaryExpr)
			if !ok || b.Op != token.ADD {
				break
			}
			sum = min(sum+c.length(b.Y), maxConstant+1)
			x = b.X
		}
		if x == ast.Expr(e) {
			return 0
		}
		return min(sum+c.length(x), maxConstant+1)
	case *ast.Ident:
		obj := e.Obj
		if obj == nil {
			obj = c.packageScope[e.Name]
		}
		value, ok := c.values[obj]
		if obj == nil || !ok {
			return 0
		}
		if n, known := c.lengths[obj]; known {
			return n
		}
		c.lengths[obj] = 0 // of a constant that is made of itself, which is an error
		n := c.length(value)
		c.lengths[obj] = n
		return n
	}
	return 0
}
