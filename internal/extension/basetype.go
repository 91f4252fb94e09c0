package extension

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
	"github.com/pgstd/pgstd/internal/sqltext"
	"github.com/pgstd/pgstd/pg/pgabi"
)

const (
	baseTypeName  = "//pg:basetype"
	aboveBaseType = "right above an exported type with the methods MarshalText and UnmarshalText"
)

var baseTypeWords = []wordKind{
	{key: "name", form: "NAME", check: checkIdentifier},
	{key: "storage", form: "plain|external|extended|main", check: oneOf("plain", "external", "extended", "main")},
	{key: "default", form: "TEXT"},
}

// BaseType is an SQL type whose values only Go code understands.
type BaseType struct {
	GoName  string
	SQLName string
	// Word is how a value crosses that is passed by value; its Go type is a number or bool.
	// Others are bytes, what MarshalBinary or else MarshalText makes.
	Word      *pgtypes.Type
	Binary    bool // it has MarshalBinary and UnmarshalBinary
	Ordered   bool // it has Compare
	Sorted    bool // it has SortKey
	Hashed    bool // it has Hash
	Typmod    bool // it has ParseTypmod, FormatTypmod and ApplyTypmod
	Storage   string
	Default   string
	HasValue  bool // of Default
	Doc       string
	Pos       token.Position
	functions []*Function
	supports  []*support
	sorting   *support // of its class for btree, if it has SortKey, or is a word with Compare
	// formerSorting is that of a version without SortKey: the module has it for databases that are not updated yet.
	formerSorting *support
}

// sortKey is the method that makes numbers that go with the order of values.
const sortKey = "SortKey"

// Entry is how C code reaches a Function, where that is not what its types say.
type Entry uint8

// The entries.
const (
	ByTypes Entry = iota
	FromCString
	ToCString
	FromMessage
)

// inputOfOthers has the names of which pg_catalog has NAME_in(cstring) and NAME_recv(internal) though
// no type is called so: CREATE TYPE would find those before the extension's.
var inputOfOthers = map[string]bool{"cash": true, "poly": true, "shell": true}

// baseTypes finds the base types of a package, for the resolver and for the script.
func (c *collector) baseTypes(p *Package, files []*ast.File, info *types.Info, used map[*ast.Comment]bool) map[*types.TypeName]pgtypes.Named {
	found := map[*types.TypeName]pgtypes.Named{}
	methods := methodsOf(files, info)
	for s, doc := range documented(files, token.TYPE) {
		spec := s.(*ast.TypeSpec)
		for _, line := range doc.List {
			if directiveOf(line) != baseTypeName || used[line] {
				continue
			}
			used[line] = true
			object, _ := info.Defs[spec.Name].(*types.TypeName)
			b := c.baseType(spec, doc, line, methods[spec.Name.Name], object, info)
			if object == nil {
				continue
			}
			if b == nil {
				// A mistake in it is said once, not at each function that uses it.
				b = &BaseType{GoName: object.Name(), SQLName: snakeCase(object.Name())}
			} else {
				p.BaseTypes = append(p.BaseTypes, b)
			}
			found[object] = pgtypes.Named{SQL: sqltext.Identifier(b.SQLName), Own: b.crossing()}
		}
	}
	return found
}

func (c *collector) baseType(spec *ast.TypeSpec, doc *ast.CommentGroup, line *ast.Comment, methods map[string]*ast.FuncDecl, object *types.TypeName, info *types.Info) *BaseType {
	before := len(c.errs)
	kind, _ := kindOf(baseTypeName)
	g := c.readWords(line, kind)
	name := spec.Name.Name
	b := &BaseType{
		GoName: name, SQLName: g.value("name"), Storage: g.value("storage"),
		Default: g.value("default"), HasValue: g.has("default"),
		Doc: c.described(doc), Pos: c.fset.PositionFor(spec.Name.Pos(), false),
	}
	if b.SQLName == "" {
		b.SQLName = snakeCase(name)
	}
	if err := checkIdentifier(b.SQLName); err != nil {
		c.addf(line.Slash, "%v; set another one with name=", err)
	} else if pgtypes.Builtin(b.SQLName) {
		c.addf(line.Slash, "type %s is PostgreSQL's own; give this one another name with name=", b.SQLName)
	} else if inputOfOthers[b.SQLName] {
		c.addf(line.Slash, "%s_in is PostgreSQL's own, of a type with another name; give this one another name with name=", b.SQLName)
	}
	has := func(wanted string) bool { return methods[wanted] != nil }
	switch {
	case object == nil:
		return nil
	case !spec.Name.IsExported():
		c.addf(spec.Name.Pos(), "%s is not exported; start its name with an upper case letter", name)
	case spec.TypeParams != nil:
		c.addf(spec.Name.Pos(), "%s is generic; define a type of its own for SQL", name)
	case spec.Assign.IsValid():
		c.addf(spec.Name.Pos(), "%s is an alias; define a type: type %s …", name, name)
	case !has("MarshalText") || !has("UnmarshalText"):
		c.addf(spec.Name.Pos(), "%s has not both of MarshalText() ([]byte, error) and UnmarshalText([]byte) error, which are its form in SQL", name)
	case has("MarshalBinary") != has("UnmarshalBinary"):
		c.addf(spec.Name.Pos(), "%s has one of MarshalBinary and UnmarshalBinary; a value is kept with both", name)
	}
	b.Binary = has("MarshalBinary")
	b.Ordered, b.Hashed, b.Sorted = has("Compare"), has("Hash"), has(sortKey)
	if m := methods["Compare"]; m != nil && !c.signatureIs(m, info, []string{name}, "int") {
		c.addf(m.Name.Pos(), "Compare of %s is Compare(%s) int: negative, 0 or positive", name, name)
	}
	if m := methods["Hash"]; m != nil && !c.signatureIs(m, info, nil, "uint64") {
		c.addf(m.Name.Pos(), "Hash of %s is Hash() uint64", name)
	}
	if m := methods[sortKey]; m != nil && !c.signatureIs(m, info, nil, "uint64") {
		c.addf(m.Name.Pos(), "SortKey of %s is SortKey() uint64, which is no less for a greater value", name)
	}
	c.typmod(b, methods, info)
	if b.Sorted && !b.Ordered {
		c.addf(methods[sortKey].Name.Pos(), "%s has SortKey, but nothing says how values with one key are ordered; add Compare(%s) int", name, name)
	}
	if b.Hashed && !b.Ordered {
		c.addf(methods["Hash"].Name.Pos(), "%s has Hash, but nothing says what is equal; add Compare(%s) int", name, name)
	}
	if basic, ok := object.Type().Underlying().(*types.Basic); ok && !b.Binary {
		if t, err := new(pgtypes.Resolver).Resolve(basic, ""); err == nil && t.ByValue() {
			t.SQL = sqltext.Identifier(b.SQLName)
			b.Word = &t
		}
	}
	if b.Storage != "" && b.Word != nil {
		c.addf(g.at("storage"), "%s is passed by value, and has no storage", name)
	}
	if len(c.errs) > before {
		return nil
	}
	b.make()
	return b
}

// signatureIs reports whether a method takes and returns just these types.
func (c *collector) signatureIs(fn *ast.FuncDecl, info *types.Info, params []string, result string) bool {
	if fn.Type.Params.NumFields() != len(params) || fn.Type.Results.NumFields() != 1 {
		return false
	}
	is := func(e ast.Expr, name string) bool {
		return types.TypeString(info.TypeOf(e), func(*types.Package) string { return "" }) == name
	}
	for i, want := range params {
		if !is(fn.Type.Params.List[i].Type, want) {
			return false
		}
	}
	return is(fn.Type.Results.List[0].Type, result)
}

// crossing is how values of the type are passed to and from the author's functions.
func (b *BaseType) crossing() *pgtypes.Type {
	if b.Word != nil {
		t := b.Word.Defined("author." + b.GoName)
		return &t
	}
	return &pgtypes.Type{
		Go: "author." + b.GoName, SQL: sqltext.Identifier(b.SQLName), Code: pgabi.Bytea,
		Get: "get" + b.GoName, Put: "put" + b.GoName, Imports: []string{codecImport},
	}
}

const codecImport = "github.com/pgstd/pgstd/pg/pgabi/codec"

// stored is how values cross to the functions of the type itself, as they are kept.
func (b *BaseType) stored() pgtypes.Type {
	if b.Word != nil {
		return *b.Word
	}
	t := bytea()
	t.SQL = sqltext.Identifier(b.SQLName)
	return t
}

func simple(t types.Type) pgtypes.Type {
	found, err := new(pgtypes.Resolver).Resolve(t, "")
	if err != nil {
		panic(err) // the table has it
	}
	return found
}

// make describes the functions of the type.
func (b *BaseType) make() {
	value, text, boolean := b.stored(), simple(types.Typ[types.String]), simple(types.Typ[types.Bool])
	cstring := text
	cstring.SQL = "cstring"
	message := bytea()
	message.SQL = "internal"
	fails := b.Word == nil
	add := func(what string, entry Entry, fails bool, result pgtypes.Type, args ...pgtypes.Type) *Function {
		f := &Function{
			Kind: Plain, GoName: "_" + b.GoName + "_" + what, SQLName: b.SQLName + "_" + what, call: what + b.GoName,
			Volatility: "immutable", Parallel: "safe", Strict: true, Fails: fails, Entry: entry,
			Results: []Result{{Type: result}}, Pos: b.Pos,
		}
		for _, t := range args {
			f.Args = append(f.Args, Arg{Type: t})
		}
		b.functions = append(b.functions, f)
		return f
	}
	if b.Typmod {
		b.makeTypmod(value, add)
	} else {
		add("in", FromCString, true, value, cstring)
		add("out", ToCString, true, cstring, value)
		add("recv", FromMessage, true, value, message)
		add("send", ByTypes, true, bytea(), value)
	}
	if b.Ordered {
		cmp := add("cmp", ByTypes, fails, simple(types.Typ[types.Int32]), value, value)
		if b.Word != nil {
			b.sorting = sorting("pgstd_pg_sort_words", cmp)
		}
		for _, o := range comparisons {
			f := add(o.name, ByTypes, fails, boolean, value, value)
			f.Operators = []Operator{{Symbol: o.symbol, Commutator: o.commutator, Negator: o.negator, Restrict: o.restrict, Join: o.join,
				Merges: o.symbol == "=", Hashes: o.symbol == "=" && b.Hashed, Pos: b.Pos}}
		}
	}
	if b.Hashed {
		add("hash", ByTypes, fails, simple(types.Typ[types.Int32]), value)
		add("hash_extended", ByTypes, fails, simple(types.Typ[types.Int64]), value, simple(types.Typ[types.Int64]))
	}
	if b.Sorted {
		b.formerSorting = b.sorting
		b.sorting = sorting("pgstd_pg_sort_key", add("sort_key", ByTypes, fails, simple(types.Typ[types.Int64]), value))
	}
}

// sorting is what says to btree how values are sorted.
func sorting(entry string, behind *Function) *support {
	return &support{number: 2, args: []string{"internal"}, result: "void", entry: entry, behind: behind}
}

// comparison is an operator of the default class for sorting.
type comparison struct {
	name, symbol, commutator, negator, restrict, join string
	strategy                                          int // of btree
}

var comparisons = []comparison{
	{"lt", "<", ">", ">=", "scalarltsel", "scalarltjoinsel", 1},
	{"le", "<=", ">=", ">", "scalarlesel", "scalarlejoinsel", 2},
	{"eq", "=", "=", "<>", "eqsel", "eqjoinsel", 3},
	{"ge", ">=", "<=", "<", "scalargesel", "scalargejoinsel", 4},
	{"gt", ">", "<", "<=", "scalargtsel", "scalargtjoinsel", 5},
	{"ne", "<>", "<>", "=", "neqsel", "neqjoinsel", 0},
}

// writeShell writes the name of the type, which its functions need.
func (b *BaseType) writeShell(s *sqltext.Script) { s.Raw("\nCREATE TYPE %s;\n", s.Name(b.SQLName)) }

func (b *BaseType) writeSQL(s *sqltext.Script) {
	name := s.Name(b.SQLName)
	parts := []string{}
	for _, f := range b.functions[:4] {
		word := map[string]string{"in": "INPUT", "out": "OUTPUT", "recv": "RECEIVE", "send": "SEND"}[strings.TrimPrefix(f.SQLName, b.SQLName+"_")]
		parts = append(parts, word+" = "+s.Name(f.SQLName))
	}
	if b.Word != nil {
		w := widths[b.Word.Go]
		parts = append(parts, fmt.Sprintf("INTERNALLENGTH = %d", w.bytes), "PASSEDBYVALUE", "ALIGNMENT = "+w.align)
	} else {
		storage := b.Storage
		if storage == "" {
			storage = "extended"
		}
		parts = append(parts, "INTERNALLENGTH = VARIABLE", "STORAGE = "+storage)
	}
	if b.Typmod {
		parts = append(parts, "TYPMOD_IN = "+s.Name(b.SQLName+"_typmod_in"), "TYPMOD_OUT = "+s.Name(b.SQLName+"_typmod_out"))
	}
	if b.HasValue {
		parts = append(parts, "DEFAULT = "+s.Text(b.Default))
	}
	s.Raw("\nCREATE TYPE %s (\n\t%s\n);\n", name, strings.Join(parts, ",\n\t"))
	if b.Doc != "" {
		s.Raw("COMMENT ON TYPE %s IS %s;\n", name, s.Text(b.Doc))
	}
}

var widths = map[string]struct {
	bytes int
	align string
}{
	"bool": {1, "char"}, "int16": {2, "int2"}, "int32": {4, "int4"}, "float32": {4, "int4"}, "int64": {8, "double"}, "float64": {8, "double"},
}

// writeClasses writes the operator classes that make it sortable, and fit for hashes.
func (b *BaseType) writeClasses(s *sqltext.Script) {
	name := s.Name(b.SQLName)
	function := func(what string) string { return s.Name(b.SQLName + "_" + what) }
	var parts []string
	for _, o := range comparisons {
		if o.strategy > 0 {
			parts = append(parts, fmt.Sprintf("OPERATOR %d %s", o.strategy, o.symbol))
		}
	}
	brin := slices.Clone(parts)
	parts = append(parts, fmt.Sprintf("FUNCTION 1 %s(%s, %s)", function("cmp"), name, name))
	if b.sorting != nil {
		parts = append(parts, fmt.Sprintf("FUNCTION 2 %s(internal)", s.Name(b.sorting.behind.SQLName)))
	}
	s.Raw("\nCREATE OPERATOR CLASS %s\n\tDEFAULT FOR TYPE %s USING btree AS\n\t%s;\n", function("ops"), name, strings.Join(parts, ",\n\t"))
	// PostgreSQL's own functions keep the least and the greatest value of some pages.
	parts = slices.Concat(brin, []string{
		"FUNCTION 1 pg_catalog.brin_minmax_opcinfo(internal)",
		"FUNCTION 2 pg_catalog.brin_minmax_add_value(internal, internal, internal, internal)",
		"FUNCTION 3 pg_catalog.brin_minmax_consistent(internal, internal, internal)",
		"FUNCTION 4 pg_catalog.brin_minmax_union(internal, internal, internal)",
	})
	s.Raw("\nCREATE OPERATOR CLASS %s\n\tDEFAULT FOR TYPE %s USING brin AS\n\t%s;\n", function("minmax_ops"), name, strings.Join(parts, ",\n\t"))
	if b.Hashed {
		s.Raw("\nCREATE OPERATOR CLASS %s\n\tDEFAULT FOR TYPE %s USING hash AS\n\tOPERATOR 1 =,\n\tFUNCTION 1 %s(%s),\n\tFUNCTION 2 %s(%s, bigint);\n",
			function("hash_ops"), name, function("hash"), name, function("hash_extended"), name)
	}
}

// addBaseTypes adds the functions of the base types to those of the package.
func (c *collector) addBaseTypes(p *Package, byKey map[string]token.Position) {
	for _, b := range p.BaseTypes {
		for _, f := range b.functions {
			if c.taken(byKey, f.key(), f.Pos) {
				continue
			}
			f.Index = len(p.Functions)
			p.Functions = append(p.Functions, *f)
		}
	}
}
