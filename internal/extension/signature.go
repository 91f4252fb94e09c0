package extension

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

// maxArgs is PostgreSQL's FUNC_MAX_ARGS.
const maxArgs = 100

const allowedResults = "none, T, several that have names, and an error as the last one"

// function checks a declaration that has a directive, and describes it. On ok
// = false, what is wrong has been reported.
func (c *collector) function(fn *ast.FuncDecl, d directive, info *types.Info) (f Function, ok bool) {
	name := fn.Name.Name
	before := len(c.errs)
	f = Function{
		GoName:          name,
		SQLName:         d.words.value("name"),
		Volatility:      d.words.words["volatility"].key,
		Parallel:        d.words.value("parallel"),
		Cost:            d.words.value("cost"),
		Rows:            d.words.value("rows"),
		SecurityDefiner: d.words.value("security") == "definer",
		Leakproof:       d.words.has("leakproof"),
		Support:         d.words.value("support"),
		Replace:         d.words.has("replace"),
		Settings:        c.settings(d.words),
		Grant:           d.grant,
		Doc:             strings.TrimSpace(fn.Doc.Text()),
		Pos:             c.fset.PositionFor(fn.Name.Pos(), false),
	}
	if d.procedure {
		f.Kind = Procedure
	}
	if d.comment != nil {
		f.Doc = *d.comment
	}
	if fn.Recv != nil {
		c.addf(fn.Name.Pos(), "%s is a method; %s stands above a plain function", name, directiveName)
		return f, false
	}
	if f.Generic = fn.Type.TypeParams != nil; f.Generic && !c.isGeneric(name, fn.Type.TypeParams, info) {
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
	c.arguments(&f, fn, &d, info)
	c.results(&f, fn, &d, info)
	c.unusedArguments(&d, name)
	if f.Generic && len(c.errs) == before {
		c.checkGeneric(&f, fn)
	}
	if d.window {
		c.window(&f, fn, &d)
	} else if f.Kind == Window {
		c.misusedWindow(&f, d.pos)
	}
	f.Strict = f.Kind == Plain || f.Kind == Set
	for _, a := range f.Args {
		if a.Type.Nullable {
			f.Strict = false
		}
	}
	f.ReadInPlace(fn, c.pkg)
	strict := d.words.at("strict")
	if !d.words.has("strict") {
		strict = token.NoPos
	}
	if strict.IsValid() && (f.Kind == Trigger || f.Kind == EventTrigger) {
		c.addf(strict, "strict is about arguments, of which a trigger has none in SQL; drop the word")
	} else if strict.IsValid() && !f.Strict {
		c.addf(strict, "strict contradicts %s, which a strict function never gets as NULL; drop the word%s", contradiction(f.Args)...)
	}
	if f.HasViews && f.Kind == Set {
		c.addf(fn.Name.Pos(), "%s returns a set, whose rows are made when its arguments are gone; use a slice instead of a pg.View", name)
	}
	if f.Rows != "" && f.Kind != Set {
		c.addf(d.words.at("rows"), "rows= is about functions that return a set; %s returns none", name)
	}
	if f.Support != "" {
		c.wantedPlanners = append(c.wantedPlanners, wantedPlanner{supportWord, f.Support, d.words.at("support")})
	}
	for _, g := range d.operators {
		c.operator(fn, &f, g)
	}
	for _, g := range d.casts {
		c.cast(fn, &f, g)
	}
	return f, len(c.errs) == before
}

// contradiction is what of a function's arguments can be NULL, and how it could not.
func contradiction(args []Arg) []any {
	for _, a := range args {
		if a.Type.Nullable && strings.HasPrefix(a.Type.Go, "*") {
			return []any{"a pointer argument", " or the *"}
		}
	}
	for _, a := range args {
		if a.Type.Nullable {
			return []any{"an argument of type " + a.Type.Go, ", or take a type that has no NULL"}
		}
	}
	return []any{"its arguments", ""}
}

func (c *collector) arguments(f *Function, fn *ast.FuncDecl, d *directive, info *types.Info) {
	if c.triggerArgument(f, fn, info) {
		return
	}
	seen := map[string]bool{}
	params := fn.Type.Params.List
	if windowArgument(fn, info) {
		f.Kind = Window
		if params = params[1:]; len(fn.Type.Params.List[0].Names) > 1 {
			c.addf(fn.Type.Params.List[0].Pos(), "%s has more than one *pg.Window", f.GoName)
		}
	}
	for _, field := range params {
		names := field.Names
		if len(names) == 0 {
			names = []*ast.Ident{{Name: "_", NamePos: field.Type.Pos()}}
		}
		for _, id := range names {
			said := d.argument(id.Name)
			expr, anyRow := anyRow(field, info)
			if !anyRow {
				expr = field.Type
			} else if f.Kind != Window {
				c.addf(field.Type.Pos(), "a pg.Arg is an argument of a window function, whose first one is a *pg.Window[S]")
				break
			}
			typ, ok := c.valueType(expr, info, argumentName(field), said.sql, argName+" NAME")
			if !ok {
				break
			}
			arg := Arg{Type: typ, Default: said.fallback, AnyRow: anyRow}
			f.HasViews = f.HasViews || typ.View()
			if _, arg.Variadic = field.Type.(*ast.Ellipsis); arg.Variadic && arg.Default == "" && !typ.Polymorphic() {
				arg.Default = "'{}'" // as in Go, none is enough
			}
			if id.Name != "_" {
				arg.Name = cmp.Or(said.name, snakeCase(id.Name))
				if err := checkIdentifier(arg.Name); err != nil {
					c.addf(id.Pos(), "%v; rename the argument", err)
				} else if seen[arg.Name] {
					c.addf(id.Pos(), "two arguments have the SQL name %s; rename one", arg.Name)
				}
				seen[arg.Name] = true
			}
			if n := len(f.Args); n > 0 && f.Args[n-1].Default != "" && arg.Default == "" && !arg.Variadic {
				c.addf(id.Pos(), "argument %s has no default, but the one before it has; only the last arguments can have defaults", id.Name)
			}
			f.Args = append(f.Args, arg)
		}
	}
	if len(f.Args) > maxArgs {
		c.addf(fn.Name.Pos(), "%s has %d arguments; allowed are %d", f.GoName, len(f.Args), maxArgs)
	}
}

// declared is a result as it stands in the source.
type declared struct {
	expr ast.Expr
	name *ast.Ident // nil if it has none
}

func (c *collector) results(f *Function, fn *ast.FuncDecl, d *directive, info *types.Info) {
	var list []declared
	if fn.Type.Results != nil {
		for _, field := range fn.Type.Results.List {
			for _, id := range field.Names {
				list = append(list, declared{field.Type, id})
			}
			if len(field.Names) == 0 {
				list = append(list, declared{field.Type, nil})
			}
		}
	}
	if n := len(list); n > 0 && isError(info.TypeOf(list[n-1].expr)) {
		f.Fails = true
		list = list[:n-1]
	}
	for _, r := range list {
		if isError(info.TypeOf(r.expr)) {
			c.addf(r.expr.Pos(), "error is not the last result; allowed results are %s", allowedResults)
			return
		}
	}
	if len(list) > 0 && (f.Kind == Trigger || f.Kind == EventTrigger) {
		c.addf(list[0].expr.Pos(), "%s is called as a trigger and has the result %s; allowed results are none and error", f.GoName, types.ExprString(list[0].expr))
		return
	}
	if n := len(list); n == 2 && f.Generic && isBool(info.TypeOf(list[1].expr)) {
		f.Found, list = true, []declared{{expr: list[0].expr}}
	}
	if len(list) == 1 && c.setResult(f, list[0].expr, d, info) {
		return
	}
	before := len(c.errs)
	for _, r := range list {
		what, goName := "result", ""
		if r.name != nil && (len(list) > 1 || f.Kind == Procedure) {
			what, goName = "result "+r.name.Name, r.name.Name
		}
		said := d.result(goName)
		if said.sql == "" && r.name != nil {
			said = d.result(r.name.Name)
		}
		typ, ok := c.valueType(r.expr, info, what, said.sql, strings.TrimSuffix(resultName+" "+goName, " "))
		if !ok {
			continue
		}
		if typ.IsAny() {
			c.addf(r.expr.Pos(), "%v", errAnyResult)
			continue
		}
		if typ.View() {
			c.addf(r.expr.Pos(), "a result cannot be a pg.View, which is an argument that is read where it is; return a slice")
			continue
		}
		if f.pointed = f.Found && !typ.Nullable; f.pointed {
			typ = typ.Pointer()
		}
		f.Results = append(f.Results, Result{Name: c.resultName(f, r, goName, said.name), Type: typ})
	}
	if len(f.Results) > pgtypes.MaxFields {
		c.addf(fn.Name.Pos(), "%s has %d results; allowed are %d", f.GoName, len(f.Results), pgtypes.MaxFields)
	}
	if len(c.errs) == before {
		c.checkOut(f, fn)
	}
}

// resultName is the name of an OUT parameter.
func (c *collector) resultName(f *Function, r declared, goName, said string) string {
	if said != "" {
		return said
	}
	if goName == "" || goName == "_" {
		if f.Kind == Procedure || r.name != nil && goName == "_" {
			c.addf(r.expr.Pos(), "%s has a result without a name, which an OUT parameter needs; name it", f.GoName)
		}
		return ""
	}
	name := snakeCase(goName)
	if err := checkIdentifier(name); err != nil {
		c.addf(r.name.Pos(), "%v; rename the result", err)
	}
	return name
}

// checkOut checks what several results have in common with the arguments.
func (c *collector) checkOut(f *Function, fn *ast.FuncDecl) {
	seen := map[string]bool{}
	for _, r := range f.Results {
		switch {
		case !f.HasOut():
			continue
		case r.Name == "":
			c.addf(fn.Type.Results.Pos(), "%s has several results, which are OUT parameters; name each of them", f.GoName)
			return
		case seen[r.Name]:
			c.addf(fn.Type.Results.Pos(), "two results have the SQL name %s; rename one", r.Name)
		}
		seen[r.Name] = true
		for _, a := range f.Args {
			if a.Name == r.Name && a.Type.SQL != r.Type.SQL {
				c.addf(fn.Type.Results.Pos(), "result %s has the name of an argument, and so is INOUT, but is %s, not %s", r.Name, r.Type.SQL, a.Type.SQL)
			}
		}
	}
}

var errAnyResult = errors.New("a result cannot be a pg.Any, as SQL has to know its type; return a T of a generic function, or a string with " + resultName + " type=anyelement")

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

// valueType returns the type that an expression stands for, as the SQL type that a
// directive has named, if one has; or reports what is wrong with it. The directive is the one that
// could name it.
func (c *collector) valueType(expr ast.Expr, info *types.Info, what, sql, directive string) (pgtypes.Type, bool) {
	element := expr
	if e, variadic := expr.(*ast.Ellipsis); variadic {
		element = e.Elt
	}
	t := info.TypeOf(element)
	if t == nil {
		t = types.Typ[types.Invalid]
	}
	if element != expr {
		t = types.NewSlice(t)
	}
	typ, err := c.types.Resolve(t, sql)
	if err == nil && element != expr && typ.IsNested() {
		err = errors.New("a variadic array has one dimension; take [][]T as an ordinary argument")
	}
	if err = pgtypes.NamedWith(err, directive+" type=jsonb"); err != nil {
		c.unsupported(expr.Pos(), fmt.Sprintf("%s: type %s is not supported; ", what, types.ExprString(expr)), err)
	}
	return typ, err == nil
}
