package extension

import (
	"go/ast"
	"go/types"
	"strings"
)

// maxArgs is PostgreSQL's FUNC_MAX_ARGS.
const maxArgs = 100

const allowedResults = "none, T, error, or (T, error)"

// function checks a declaration that has a directive, and describes it. On ok
// = false, what is wrong has been reported.
func (c *collector) function(fn *ast.FuncDecl, d directive, info *types.Info) (f Function, ok bool) {
	name := fn.Name.Name
	before := len(c.errs)
	f = Function{
		GoName:          name,
		SQLName:         d.name,
		Volatility:      d.volatility,
		Parallel:        d.parallel,
		Cost:            d.cost,
		SecurityDefiner: d.security == "definer",
		Doc:             strings.TrimSpace(fn.Doc.Text()),
		Pos:             c.fset.PositionFor(fn.Name.Pos(), false),
	}
	if d.procedure {
		f.Kind = Procedure
	}
	if fn.Recv != nil {
		c.addf(fn.Name.Pos(), "%s is a method; %s stands above a plain function", name, directiveName)
		return f, false
	}
	if fn.Type.TypeParams != nil {
		c.addf(fn.Type.TypeParams.Pos(), "%s is generic; write a function for each type, with a name of its own", name)
		return f, false
	}
	if !fn.Name.IsExported() {
		c.addf(fn.Name.Pos(), "%s is not exported; start its name with an upper case letter", name)
	}
	if fn.Body == nil {
		c.addf(fn.Name.Pos(), "%s has no body; an extension is Go alone", name)
	}
	if f.SQLName == "" {
		f.SQLName = snakeCase(name)
		if err := checkIdentifier(f.SQLName); err != nil {
			c.addf(fn.Name.Pos(), "%v; set another one with name=", err)
		}
	}
	f.Symbol = cSymbol(f.SQLName)
	c.arguments(&f, fn, info)
	c.results(&f, fn, info)
	f.Strict = f.Kind == Plain || f.Kind == Set
	for _, a := range f.Args {
		if a.Nullable {
			f.Strict = false
		}
	}
	if d.strict.IsValid() && !f.Strict {
		c.addf(d.strict, "strict contradicts a pointer argument, which a strict function never gets as NULL; drop the word or the *")
	}
	return f, len(c.errs) == before
}

func (c *collector) arguments(f *Function, fn *ast.FuncDecl, info *types.Info) {
	seen := map[string]bool{}
	for _, field := range fn.Type.Params.List {
		if _, variadic := field.Type.(*ast.Ellipsis); variadic {
			c.addf(field.Type.Pos(), "%s is variadic, which is not supported; name each argument", f.GoName)
			continue
		}
		typ, nullable, ok := c.valueType(field.Type, info, argumentName(field))
		if !ok {
			continue
		}
		names := field.Names
		if len(names) == 0 {
			names = []*ast.Ident{{Name: "_"}}
		}
		for _, id := range names {
			arg := Arg{Type: typ, Nullable: nullable}
			if id.Name != "_" {
				arg.Name = snakeCase(id.Name)
				if err := checkIdentifier(arg.Name); err != nil {
					c.addf(id.Pos(), "%v; rename the argument", err)
				} else if seen[arg.Name] {
					c.addf(id.Pos(), "two arguments have the SQL name %s; rename one", arg.Name)
				}
				seen[arg.Name] = true
			}
			f.Args = append(f.Args, arg)
		}
	}
	if len(f.Args) > maxArgs {
		c.addf(fn.Name.Pos(), "%s has %d arguments; allowed are %d", f.GoName, len(f.Args), maxArgs)
	}
}

func (c *collector) results(f *Function, fn *ast.FuncDecl, info *types.Info) {
	var exprs []ast.Expr
	if fn.Type.Results != nil {
		for _, field := range fn.Type.Results.List {
			for range max(1, len(field.Names)) {
				exprs = append(exprs, field.Type)
			}
		}
	}
	if n := len(exprs); n > 0 && isError(info.TypeOf(exprs[n-1])) {
		f.Fails = true
		exprs = exprs[:n-1]
	}
	if len(exprs) > 0 && f.Kind == Procedure {
		c.addf(exprs[0].Pos(), "%s is a procedure and has the result %s; allowed results are none and error", f.GoName, types.ExprString(exprs[0]))
		return
	}
	switch len(exprs) {
	case 0:
	case 1:
		if typ, nullable, ok := c.valueType(exprs[0], info, "result"); ok {
			f.Result, f.ResultNullable = typ, nullable
		}
	default:
		at := exprs[1]
		if !f.Fails && len(exprs) == 2 {
			c.addf(at.Pos(), "the second result is %s; allowed results are %s", types.ExprString(at), allowedResults)
			return
		}
		c.addf(at.Pos(), "%s has too many results; allowed are %s", f.GoName, allowedResults)
	}
}

func isError(t types.Type) bool {
	return t != nil && types.Identical(types.Unalias(t), types.Universe.Lookup("error").Type())
}

// argumentName names the arguments of a field in a message.
func argumentName(field *ast.Field) string {
	names := make([]string, len(field.Names))
	for i, id := range field.Names {
		names[i] = id.Name
	}
	if len(names) == 0 {
		return "argument"
	}
	return "argument " + strings.Join(names, ", ")
}

// valueType returns the Type that an expression stands for, or reports what is
// wrong with it.
func (c *collector) valueType(expr ast.Expr, info *types.Info, what string) (Type, bool, bool) {
	t := info.TypeOf(expr)
	if t != nil {
		if typ, nullable, ok := typeOf(t); ok {
			return typ, nullable, true
		}
	}
	written := types.ExprString(expr)
	remedy := "allowed are " + allowedTypes
	if t != nil && !hasInvalid(t) {
		remedy = typeRemedy(t)
	}
	c.addf(expr.Pos(), "%s: type %s is not supported; %s", what, written, remedy)
	return Void, false, false
}

// hasInvalid reports whether t could not be resolved, as its package was not
// imported or it does not exist.
func hasInvalid(t types.Type) bool {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	return types.Unalias(t) == types.Typ[types.Invalid]
}
