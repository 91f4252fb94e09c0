package extension

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pgstd/pgstd/internal/sqltext"
)

const (
	parameterName  = "//pg:setting"
	aboveParameter = "right above an exported variable whose value is a &pg.Setting[T]{…}"
)

// Where and when a parameter can be set, and what its value is in: the numbers that the host
// has for them (host/postgres/calls/setting.h).
var (
	contexts = []string{"user", "superuser", "backend", "superuser-backend", "sighup", "postmaster"}
	units    = []string{"", "B", "kB", "MB", "blocks", "ms", "s", "min"}
	flags    = []string{"superuser_only", "no_show_all", "no_reset_all", "explain"}
)

var parameterWords = []wordKind{
	{key: "name", form: "NAME", check: checkIdentifier},
	{key: "context", form: strings.Join(contexts, "|"), check: oneOf(contexts...)},
	{key: "unit", form: strings.Join(units[1:], "|"), check: oneOf(units[1:]...)},
	{key: "flags", form: strings.Join(flags, ","), check: severalOf(flags...)},
}

// severalOf takes some words, with commas between them.
func severalOf(list ...string) func(string) error {
	return func(v string) error {
		for _, word := range strings.Split(v, ",") {
			if !slices.Contains(list, word) {
				return wordError(word + " is unknown; allowed are, with commas between them, " + strings.Join(list, ", "))
			}
		}
		return nil
	}
}

// ParameterKind is what the server takes the value of a Parameter for; the numbers are the host's.
type ParameterKind uint32

// The kinds.
const (
	BoolParameter ParameterKind = iota
	IntParameter
	RealParameter
	StringParameter
	EnumParameter
)

// Parameter is a parameter of the server's configuration that is a Go variable.
type Parameter struct {
	GoName  string
	Name    string // with the extension's name before it
	Kind    ParameterKind
	Type    string // of the value in Go, as generated code writes it
	Unit    string // empty for none
	Context string
	Flags   []string
	// Default, Min and Max are constants: of an enum, the default is the label's number.
	Default, Min, Max constant.Value
	Labels            []string // of an enum
	// Duration says that the value is a time.Duration.
	Duration            bool
	Checks, Tells, Show bool // the variable has Check, Assign, Show
	Doc                 string
	Pos                 token.Position
}

// parameters finds the settings of a package.
func (c *collector) parameters(p *Package, files []*ast.File, info *types.Info, used map[*ast.Comment]bool) {
	taken := map[string]token.Position{}
	for s, docs := range documented(files, token.VAR) {
		spec := s.(*ast.ValueSpec)
		var line, comment *ast.Comment
		for _, l := range docs.List {
			switch directiveOf(l) {
			case parameterName:
				used[l] = true
				if line != nil {
					c.addf(l.Slash, "%s has a directive already; write all words in one", spec.Names[0].Name)
				}
				line = l
			case commentName:
				comment = l
			}
		}
		if line == nil {
			continue
		}
		v, ok := c.parameter(p, spec, line, info)
		if !ok {
			continue
		}
		v.Doc = strings.TrimSpace(docs.Text())
		if comment != nil {
			used[comment] = true
			v.Doc = *c.parseComment(comment)
		}
		if err := sqltext.CheckText(v.Doc); err != nil {
			c.addf(spec.Pos(), "the comment of %s: %v", v.GoName, err)
		}
		if first, dup := taken[v.Name]; dup {
			c.addf(spec.Names[0].Pos(), "setting %s is already made at %s; give one of them another name with name=", v.Name, c.shown(first))
			continue
		}
		taken[v.Name] = v.Pos
		p.Parameters = append(p.Parameters, v)
	}
}

func (c *collector) parameter(p *Package, spec *ast.ValueSpec, line *ast.Comment, info *types.Info) (*Parameter, bool) {
	before := len(c.errs)
	kind, _ := kindOf(parameterName)
	g := c.readWords(line, kind)
	name := spec.Names[0]
	v := &Parameter{
		GoName: name.Name, Unit: g.value("unit"), Context: g.value("context"),
		Pos: c.fset.PositionFor(name.Pos(), false),
	}
	if v.Context == "" {
		v.Context = "user"
	}
	if g.has("flags") {
		v.Flags = strings.Split(g.value("flags"), ",")
	}
	last := g.value("name")
	if last == "" {
		last = snakeCase(name.Name)
	}
	v.Name = p.Name + "." + last
	if len(v.Name) > maxIdentifier {
		c.addf(name.Pos(), "the name %s of the setting has more than %d bytes; set a shorter one with name=", v.Name, maxIdentifier)
	}
	if sqltext.Identifier(last) != last && checkIdentifier(last) == nil {
		c.addf(g.at("name"), "a setting called %s can only be set in quotes; set another name with name=", last)
	}
	literal, of := settingLiteral(spec, info)
	switch {
	case len(spec.Names) != 1:
		c.addf(name.Pos(), "a setting is one variable; declare each by itself")
	case !name.IsExported():
		c.addf(name.Pos(), "%s is not exported; start its name with an upper case letter", name.Name)
	case literal == nil:
		c.addf(name.Pos(), "%s is no setting; write var %s = &pg.Setting[int]{Default: 10}", name.Name, name.Name)
	case !c.parameterType(v, of, spec, info):
		c.addf(literal.Type.Pos(), "a setting is of a bool, int, int32, int64, float64, string, time.Duration, or a string type of the package that has constants")
	default:
		c.parameterFields(v, literal, info)
		c.parameterUnit(v, g)
	}
	return v, len(c.errs) == before
}

// settingLiteral returns the value of a variable, if it is a &pg.Setting[T]{…}, and T.
func settingLiteral(spec *ast.ValueSpec, info *types.Info) (*ast.CompositeLit, types.Type) {
	if len(spec.Values) != 1 {
		return nil, nil
	}
	address, ok := ast.Unparen(spec.Values[0]).(*ast.UnaryExpr)
	if !ok || address.Op != token.AND {
		return nil, nil
	}
	literal, ok := ast.Unparen(address.X).(*ast.CompositeLit)
	if !ok {
		return nil, nil
	}
	t, args := named(info.TypeOf(literal))
	if t != pgPath+".Setting" || args.Len() != 1 {
		return nil, nil
	}
	return literal, args.At(0)
}

// parameterType finds out what the values are.
func (c *collector) parameterType(v *Parameter, of types.Type, spec *ast.ValueSpec, info *types.Info) bool {
	if basic, ok := of.(*types.Basic); ok {
		v.Type = basic.Name()
		switch basic.Kind() {
		case types.Bool:
			v.Kind = BoolParameter
		case types.Int, types.Int32, types.Int64:
			v.Kind = IntParameter
		case types.Float64:
			v.Kind = RealParameter
		case types.String:
			v.Kind = StringParameter
		default:
			return false
		}
		return true
	}
	if name, _ := named(of); name == "time.Duration" {
		v.Kind, v.Type, v.Duration = IntParameter, "time.Duration", true
		return true
	}
	n, ok := types.Unalias(of).(*types.Named)
	if !ok || n.Obj().Pkg() != c.pkg || !isString(n.Underlying()) {
		return false
	}
	v.Kind, v.Type = EnumParameter, "author."+n.Obj().Name()
	v.Labels = c.labels(typeSpec{object: n.Obj(), sql: v.Name, spec: &ast.TypeSpec{Name: spec.Names[0]}}, info)
	if !n.Obj().Exported() {
		c.addf(spec.Names[0].Pos(), "%s, the type of %s, is not exported; start its name with an upper case letter", n.Obj().Name(), v.GoName)
	}
	return true
}

func isString(t types.Type) bool {
	b, ok := t.(*types.Basic)
	return ok && b.Kind() == types.String
}

// parameterFields reads the fields of the variable's value that the server has to know.
func (c *collector) parameterFields(v *Parameter, literal *ast.CompositeLit, info *types.Info) {
	at := map[string]ast.Expr{}
	for _, e := range literal.Elts {
		field, ok := e.(*ast.KeyValueExpr)
		key, named := (*ast.Ident)(nil), false
		if ok {
			key, named = field.Key.(*ast.Ident)
		}
		if !named {
			c.addf(e.Pos(), "name the fields of %s: Default: 10", v.GoName)
			return
		}
		at[key.Name] = field.Value
		if id, isName := field.Value.(*ast.Ident); isName && id.Name == "nil" {
			delete(at, key.Name)
		}
	}
	v.Checks, v.Tells, v.Show = at["Check"] != nil, at["Assign"] != nil, at["Show"] != nil
	value := func(field string) constant.Value {
		e := at[field]
		if e == nil {
			return nil
		}
		k := info.Types[e].Value
		if k == nil {
			c.addf(e.Pos(), "%s of %s is no constant, but the server has to know it before any Go code runs", field, v.GoName)
		}
		return k
	}
	v.Default, v.Min, v.Max = value("Default"), value("Min"), value("Max")
	for _, field := range []string{"Min", "Max"} {
		if e := at[field]; e != nil && v.Kind != IntParameter && v.Kind != RealParameter {
			c.addf(e.Pos(), "%s is for numbers", field)
		}
	}
	zero := map[ParameterKind]constant.Value{
		BoolParameter: constant.MakeBool(false), IntParameter: constant.MakeInt64(0),
		RealParameter: constant.MakeFloat64(0), StringParameter: constant.MakeString(""),
	}[v.Kind]
	place := literal.Pos()
	if e := at["Default"]; e != nil {
		place = e.Pos()
	}
	if v.Default == nil {
		v.Default = zero
	}
	switch v.Kind {
	case EnumParameter:
		label := ""
		if v.Default != nil {
			label = constant.StringVal(v.Default)
		}
		i := slices.Index(v.Labels, label)
		if i < 0 {
			c.addf(place, "Default of %s is %q; it has to be one of %s", v.GoName, label, strings.Join(v.Labels, ", "))
		}
		for _, l := range v.Labels {
			if strings.ContainsFunc(l, func(r rune) bool { return r > '~' || r < ' ' }) {
				c.addf(place, "%q cannot be a value of setting %s; write it in ASCII", l, v.Name)
			}
		}
		v.Default = constant.MakeInt64(int64(i))
	case StringParameter:
		if err := sqltext.CheckText(constant.StringVal(v.Default)); err != nil {
			c.addf(place, "Default of %s: %v", v.GoName, err)
		}
	case IntParameter, RealParameter:
		c.parameterRange(v, zero, place)
	}
}

// parameterRange completes the range of a number, and checks it.
func (c *collector) parameterRange(v *Parameter, zero constant.Value, at token.Pos) {
	open := (v.Min == nil || constant.Compare(v.Min, token.EQL, zero)) && (v.Max == nil || constant.Compare(v.Max, token.EQL, zero))
	least, most := constant.MakeInt64(math.MinInt32), constant.MakeInt64(math.MaxInt32)
	if v.Kind == RealParameter {
		least, most = constant.MakeFloat64(-math.MaxFloat64), constant.MakeFloat64(math.MaxFloat64)
	}
	if v.Duration {
		unit := constant.MakeInt64(int64(v.unit()))
		for _, k := range []*constant.Value{&v.Default, &v.Min, &v.Max} {
			if *k == nil {
				continue
			}
			whole := constant.BinaryOp(*k, token.QUO_ASSIGN, unit)
			if !constant.Compare(constant.BinaryOp(whole, token.MUL, unit), token.EQL, *k) {
				c.addf(at, "%s is no multiple of its unit %s; set another one with unit=", v.GoName, v.durationUnit())
				return
			}
			*k = whole
		}
	}
	noMax := v.Max == nil
	if v.Min == nil {
		v.Min = zero
	}
	if v.Max == nil {
		v.Max = zero
	}
	if open {
		v.Min, v.Max = least, most
	}
	switch {
	case noMax && constant.Compare(v.Min, token.GTR, v.Max):
		c.addf(at, "%s has a Min without a Max, which is 0 then; set Max", v.GoName)
	case constant.Compare(v.Min, token.GTR, v.Max):
		c.addf(at, "Min of %s is above Max", v.GoName)
	case constant.Compare(v.Min, token.LSS, least) || constant.Compare(v.Max, token.GTR, most):
		c.addf(at, "the range of %s is too wide: a whole number of a setting has 32 bits", v.GoName)
	case constant.Compare(v.Default, token.LSS, v.Min) || constant.Compare(v.Default, token.GTR, v.Max):
		c.addf(at, "Default of %s is not from Min to Max", v.GoName)
	}
}

// parameterUnit checks the unit against the kind.
func (c *collector) parameterUnit(v *Parameter, g givenWords) {
	ofTime := slices.Index(units, v.Unit) >= slices.Index(units, "ms")
	switch {
	case v.Unit == "":
	case v.Kind != IntParameter && v.Kind != RealParameter:
		c.addf(g.at("unit"), "unit= is for numbers and times")
	case v.Duration && !ofTime:
		c.addf(g.at("unit"), "the unit of a time.Duration is ms, s or min")
	}
}

// unit is how long one of the values is in Go.
func (v *Parameter) unit() time.Duration {
	switch v.durationUnit() {
	case "s":
		return time.Second
	case "min":
		return time.Minute
	}
	return time.Millisecond
}

func (v *Parameter) durationUnit() string {
	if v.Duration && v.Unit == "" {
		return "ms"
	}
	return v.Unit
}
