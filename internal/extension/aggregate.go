package extension

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
	"github.com/pgstd/pgstd/pg/pgabi"
)

const (
	aggregateName  = "//pg:aggregate"
	aboveAggregate = "right above an exported type with the methods Step and Final"
)

var aggregateWords = []wordKind{
	{key: "name", form: "NAME", check: checkIdentifier},
	{key: "parallel", form: "safe|restricted|unsafe", check: oneOf("safe", "restricted", "unsafe")},
	{key: "immutable", slot: "volatility"}, {key: "stable", slot: "volatility"}, {key: "volatile", slot: "volatility"},
	{key: "sortop", form: "OPERATOR", check: checkOperator},
	{key: "space", form: "BYTES", check: decimal(1 << 30)},
	{key: "within", slot: "ordered"},
	{key: "hypothetical", slot: "ordered"},
	{key: "final", form: "modify", check: oneOf("modify")},
}

// StateType is the state of an aggregate, as SQL has it.
var StateType = pgtypes.Type{SQL: "internal", Code: pgabi.State}

// Aggregate is an aggregate whose state is a type of the author's.
type Aggregate struct {
	GoName       string
	SQLName      string
	Step         *Function // its arguments behind the state are the aggregate's
	Final        *Function // its arguments behind the state are those of WITHIN GROUP that are not aggregated
	Combine      *Function // nil for none, as the others
	Serialize    *Function
	Deserialize  *Function
	Inverse      *Function
	Parallel     string // as in Function
	SortOperator string
	Space        string // bytes of a state, for the planner
	Generic      bool   // the type has a type parameter
	Ordered      bool   // called with WITHIN GROUP
	Hypothetical bool
	FinalChanges bool // Final changes the state
	Init         bool // the type has a method Init
	Doc          string
	Pos          token.Position
}

// AggregatePart is what a Function does for its Aggregate.
type AggregatePart uint8

// The parts of aggregates.
const (
	Step AggregatePart = iota
	Final
	Combine
	Serialize
	Deserialize
	Inverse
)

// method is a method of a type that an aggregate is made of.
type method struct {
	decl   *ast.FuncDecl
	result types.Type // nil for none; the error apart
	fails  bool
}

// aggregates finds the aggregates of a package. Their functions become functions of the package.
func (c *collector) aggregates(p *Package, files []*ast.File, info *types.Info, used map[*ast.Comment]bool) {
	methods := methodsOf(files, info)
	for s, doc := range documented(files, token.TYPE) {
		spec := s.(*ast.TypeSpec)
		for _, line := range doc.List {
			if directiveOf(line) == aggregateName {
				used[line] = true
				c.aggregate(p, spec, doc, line, methods[spec.Name.Name], info, used)
			}
		}
	}
}

// receiver returns the name of the type that a method is of.
func receiver(fn *ast.FuncDecl) string {
	if len(fn.Recv.List) == 0 {
		return ""
	}
	t := fn.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if index, ok := t.(*ast.IndexExpr); ok {
		t = index.X
	}
	id, ok := t.(*ast.Ident)
	if !ok {
		return ""
	}
	return id.Name
}

// maker makes the functions of one aggregate.
type maker struct {
	*collector
	p       *Package
	a       *Aggregate
	methods map[string]*ast.FuncDecl
	info    *types.Info
	used    map[*ast.Comment]bool
	words   givenWords
}

func (c *collector) aggregate(p *Package, spec *ast.TypeSpec, doc *ast.CommentGroup, line *ast.Comment, methods map[string]*ast.FuncDecl, info *types.Info, used map[*ast.Comment]bool) {
	before := len(c.errs)
	kind, _ := kindOf(aggregateName)
	m := maker{collector: c, p: p, methods: methods, info: info, used: used, words: c.readWords(line, kind)}
	name := spec.Name.Name
	m.a = &Aggregate{
		GoName:       name,
		SQLName:      m.words.value("name"),
		Parallel:     m.words.value("parallel"),
		SortOperator: m.words.value("sortop"),
		Space:        m.words.value("space"),
		Ordered:      m.words.has("ordered"),
		Hypothetical: m.words.words["ordered"].key == "hypothetical",
		FinalChanges: m.words.has("final"),
		Generic:      spec.TypeParams != nil,
		Doc:          c.described(doc),
		Pos:          c.fset.PositionFor(spec.Name.Pos(), false),
	}
	if m.a.SQLName == "" {
		m.a.SQLName = snakeCase(name)
		if err := checkIdentifier(m.a.SQLName); err != nil {
			c.addf(line.Slash, "%v; set another one with name=", err)
		}
	}
	switch {
	case !spec.Name.IsExported():
		c.addf(spec.Name.Pos(), "%s is not exported; start its name with an upper case letter", name)
	case m.a.Generic && !c.isGeneric(name, spec.TypeParams, info):
	case spec.Assign.IsValid():
		c.addf(spec.Name.Pos(), "%s is an alias; define a type: type %s …", name, name)
	case methods["Step"] == nil || methods["Final"] == nil:
		c.addf(spec.Name.Pos(), "%s has no method %s; an aggregate has Step(ARGUMENTS) and Final() RESULT, and if wanted Merge(*%s), MarshalBinary and UnmarshalBinary, Inverse(ARGUMENTS), Init()",
			name, missing(methods), name)
	default:
		m.make()
	}
	if len(c.errs) == before {
		p.Aggregates = append(p.Aggregates, m.a)
	}
}

func missing(methods map[string]*ast.FuncDecl) string {
	if methods["Step"] == nil {
		return "Step"
	}
	return "Final"
}

// make makes the functions, of the methods that there are.
func (m *maker) make() {
	a := m.a
	if init := m.methods["Init"]; init != nil {
		a.Init = true
		if got := m.method(init); got.result != nil || got.fails || init.Type.Params.NumFields() > 0 {
			m.addf(init.Name.Pos(), "Init of %s takes and returns nothing", a.GoName)
		}
	}
	before := len(m.errs)
	a.Step = m.step("Step", Step)
	a.Final = m.final()
	if len(m.errs) == before {
		m.resolve()
	}
	if fn := m.methods["Merge"]; fn != nil {
		m.nothingBut(fn, "Merge")
		if t := m.onlyParameter(fn); t == nil || !m.isState(t) {
			m.addf(fn.Name.Pos(), "Merge takes the other state: Merge(*%s)", strings.TrimPrefix(types.ExprString(fn.Recv.List[0].Type), "*"))
		}
		a.Combine = m.function(fn, "combine", Combine, StateType, StateType)
	}
	marshal, unmarshal := m.methods["MarshalBinary"], m.methods["UnmarshalBinary"]
	switch {
	case marshal != nil && unmarshal != nil:
		a.Serialize = m.function(marshal, "serialize", Serialize, StateType)
		a.Serialize.Results = []Result{{Type: bytea()}}
		a.Deserialize = m.function(unmarshal, "deserialize", Deserialize, bytea(), StateType)
		a.Serialize.Strict, a.Deserialize.Strict = true, true
		m.checkBinary(marshal, unmarshal)
	case marshal != nil || unmarshal != nil:
		m.addf(slices.DeleteFunc([]*ast.FuncDecl{marshal, unmarshal}, func(fn *ast.FuncDecl) bool { return fn == nil })[0].Name.Pos(),
			"%s has one of MarshalBinary and UnmarshalBinary; a state crosses between processes with both", a.GoName)
	}
	if a.Parallel == "safe" && (a.Combine == nil || a.Serialize == nil) {
		m.addf(m.words.at("parallel"), "for parallel=safe, %s needs Merge(*%s), MarshalBinary and UnmarshalBinary", a.GoName, a.GoName)
	}
	if fn := m.methods["Inverse"]; fn != nil {
		a.Inverse = m.step("Inverse", Inverse)
		got := m.method(fn)
		a.Inverse.Undoes = isBool(got.result)
		if got.result != nil && !a.Inverse.Undoes {
			m.addf(fn.Name.Pos(), "Inverse returns nothing, or a bool that says whether the row could be taken out")
		}
		if a.Step != nil && a.Inverse != nil && a.Step.key() != strings.Replace(a.Inverse.key(), "_inverse(", "_step(", 1) {
			m.addf(fn.Name.Pos(), "Inverse takes what Step does")
		}
	}
	if a.Ordered && (a.Combine != nil || a.Inverse != nil) {
		m.addf(m.words.at("ordered"), "an aggregate with WITHIN GROUP has neither Merge nor Inverse: PostgreSQL uses none")
	}
	if a.SortOperator != "" && a.Step != nil && len(a.Step.Args) != 2 {
		m.addf(m.words.at("sortop"), "sortop= is for aggregates of one argument")
	}
	for name, fn := range m.methods {
		if fn.Doc == nil || name == "Step" || name == "Final" {
			continue
		}
		for _, line := range fn.Doc.List {
			if isDirective(line) && !m.used[line] {
				m.used[line] = true
				m.addf(line.Slash, "%s stands above Step or Final", directiveOf(line))
			}
		}
	}
}

func bytea() pgtypes.Type {
	r := &pgtypes.Resolver{}
	t, err := r.Resolve(types.NewSlice(types.Typ[types.Byte]), "")
	if err != nil {
		panic(err) // the table has it
	}
	return t
}

// step describes Step or Inverse.
func (m *maker) step(name string, part AggregatePart) *Function {
	fn := m.methods[name]
	d := m.directives(fn)
	f := m.function(fn, snakeCase(name), part, StateType)
	m.arguments(f, fn, &d, m.info)
	if part == Step {
		m.unusedArguments(&d, m.a.GoName+"."+name)
		m.nothingBut(fn, name)
	}
	for i := range f.Args {
		if f.Args[i].Default != "" && !f.Args[i].Variadic {
			m.addf(fn.Name.Pos(), "argument %s of %s has a default, which an aggregate's cannot have", f.Args[i].Name, m.a.GoName)
		}
		f.Args[i].Default = ""
	}
	if f.Kind == Trigger || f.Kind == EventTrigger {
		m.addf(fn.Name.Pos(), "%s of %s takes values of SQL, and a trigger is none", name, m.a.GoName)
	}
	return f
}

// final describes Final.
func (m *maker) final() *Function {
	fn := m.methods["Final"]
	d := m.directives(fn)
	f := m.function(fn, "final", Final, StateType)
	m.arguments(f, fn, &d, m.info)
	if len(f.Args) > 1 && !m.a.Ordered {
		m.addf(fn.Name.Pos(), "Final of %s has arguments, which are those before WITHIN GROUP; add the word within to %s, or take them out", m.a.GoName, aggregateName)
	}
	f.Results, f.Fails = nil, false
	before := len(m.errs)
	m.results(f, fn, &d, m.info)
	if faulty := len(m.errs) > before; len(f.Results) > 1 || f.Kind == Set || !faulty && f.Results == nil {
		m.errs = m.errs[:before] // it is not to be mended as a function's results
		m.addf(fn.Name.Pos(), "Final of %s has one result, the aggregate's, and if wanted an error", m.a.GoName)
	}
	m.unusedArguments(&d, m.a.GoName+".Final")
	return f
}

// resolve has SQL find out the type of a polymorphic result: PostgreSQL does by the types of the
// aggregate's arguments, and so Final has them too, as NULL.
func (m *maker) resolve() {
	a := m.a
	if a.Generic && !a.Step.takesParameter() && !a.Final.takesParameter() {
		m.addf(m.methods["Step"].Name.Pos(), "Step of %s takes no argument of its type parameter, by which SQL could tell what it is", a.GoName)
	}
	if len(a.Final.Results) != 1 || !pgtypes.IsPolymorphic(a.Final.Results[0].Type.SQL) {
		return
	}
	for _, arg := range a.Step.Args[1:] {
		if !arg.Type.Nullable {
			arg.Type = arg.Type.Pointer()
		}
		a.Final.Args = append(a.Final.Args, Arg{Type: arg.Type})
		a.Final.Untouched++
	}
}

// directives reads the lines about arguments and the result above a method.
func (m *maker) directives(fn *ast.FuncDecl) (d directive) {
	if fn.Doc == nil {
		return d
	}
	for _, line := range fn.Doc.List {
		if name := directiveOf(line); name == argName || name == resultName {
			m.used[line] = true
			a, good := m.parseArgument(line)
			switch {
			case !good:
			case name == argName:
				d.args = append(d.args, &a)
			default:
				d.results = append(d.results, &a)
			}
		}
	}
	return d
}

// function adds a function of the aggregate to the package.
func (m *maker) function(fn *ast.FuncDecl, what string, part AggregatePart, args ...pgtypes.Type) *Function {
	f := &Function{
		Kind:       Plain,
		GoName:     m.a.GoName + "." + fn.Name.Name,
		SQLName:    m.a.SQLName + "_" + what,
		Volatility: m.words.words["volatility"].key,
		Parallel:   m.a.Parallel,
		Generic:    m.a.Generic,
		Aggregate:  m.a,
		Part:       part,
		Pos:        m.fset.PositionFor(fn.Name.Pos(), false),
		Results:    []Result{{Type: StateType}},
		Fails:      m.method(fn).fails,
	}
	if err := checkIdentifier(f.SQLName); err != nil {
		m.addf(fn.Name.Pos(), "%v; set a shorter one with name=", err)
	}
	for _, t := range args {
		f.Args = append(f.Args, Arg{Type: t})
	}
	return f
}

// method says what a method returns.
func (m *maker) method(fn *ast.FuncDecl) method {
	got := method{decl: fn}
	if fn.Type.Results == nil {
		return got
	}
	for _, field := range fn.Type.Results.List {
		for range max(1, len(field.Names)) {
			t := m.info.TypeOf(field.Type)
			if isError(t) {
				got.fails = true
			} else {
				got.result = t
			}
		}
	}
	return got
}

// nothingBut reports a result other than an error.
func (m *maker) nothingBut(fn *ast.FuncDecl, name string) {
	if got := m.method(fn); got.result != nil {
		m.addf(fn.Name.Pos(), "%s of %s changes the state, and returns nothing or an error", name, m.a.GoName)
	}
}

// onlyParameter returns the type of the only parameter; nil if there is not one.
func (m *maker) onlyParameter(fn *ast.FuncDecl) types.Type {
	if fn.Type.Params.NumFields() != 1 {
		return nil
	}
	return m.info.TypeOf(fn.Type.Params.List[0].Type)
}

// isState reports whether a type is a pointer to the aggregate's.
func (m *maker) isState(t types.Type) bool {
	p, ok := t.(*types.Pointer)
	if !ok {
		return false
	}
	n, ok := types.Unalias(p.Elem()).(*types.Named)
	if !ok || n.Obj().Name() != m.a.GoName || n.Obj().Pkg() != m.pkg {
		return false
	}
	for t := range n.TypeArgs().Types() {
		if _, isParameter := types.Unalias(t).(*types.TypeParam); !isParameter {
			return false
		}
	}
	return true
}

// checkBinary checks that the methods are those of package encoding.
func (m *maker) checkBinary(marshal, unmarshal *ast.FuncDecl) {
	bytes := types.NewSlice(types.Typ[types.Byte])
	if got := m.method(marshal); marshal.Type.Params.NumFields() > 0 || !got.fails || got.result == nil || !types.Identical(got.result, bytes) {
		m.addf(marshal.Name.Pos(), "MarshalBinary is as in package encoding: MarshalBinary() ([]byte, error)")
	}
	if t := m.onlyParameter(unmarshal); t == nil || !types.Identical(t, bytes) || !m.method(unmarshal).fails || m.method(unmarshal).result != nil {
		m.addf(unmarshal.Name.Pos(), "UnmarshalBinary is as in package encoding: UnmarshalBinary([]byte) error")
	}
}
