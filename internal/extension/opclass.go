package extension

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

const (
	ginName       = "//pg:gin"
	gistName      = "//pg:gist"
	spgistName    = "//pg:spgist"
	aboveGIN      = "right above an exported type with the methods ExtractValue, ExtractQuery and Consistent"
	aboveGiST     = "right above an exported type with the methods Consistent, Union, Penalty, PickSplit and Same"
	aboveSPGiST   = "right above an exported type with the methods InnerConsistent, LeafConsistent, and Key, or PickSplit and Choose"
	supportSuffix = "Zsupport" // in the symbol of a function that PostgreSQL calls, before its entry; see host/postgres/calls/support.c
)

var ginWords = []wordKind{
	{key: "name", form: "NAME", check: checkIdentifier},
	{key: "operators", form: "OPERATOR,OPERATOR", check: checkOperators},
	{key: "default"},
}

var gistWords = slices.Concat(ginWords, []wordKind{{key: "order", form: "OPERATOR,OPERATOR", check: checkOperators}})

var spgistWords = slices.Concat(gistWords, []wordKind{{key: "branches", form: "NUMBER", check: branchesWord}})

// branchesWord takes the number of branches of a node.
func branchesWord(v string) error {
	if n, err := strconv.Atoi(v); err != nil || n < 2 || n > 256 {
		return wordError("$WORD is out of range; a node has from 2 to 256 branches")
	}
	return nil
}

// checkOperators takes a list of operators.
func checkOperators(list string) error {
	for _, symbol := range strings.Split(list, ",") {
		if err := checkOperator(symbol); err != nil || symbol == "" {
			return wordError("$WORD is no list of operators, such as @>,&&")
		}
	}
	return nil
}

// OperatorClass says how an index finds values of a type by some operators.
type OperatorClass struct {
	GoName    string
	SQLName   string
	Method    *indexMethod
	Default   bool
	Operators []string // conditions; the number of each is its place, from 1
	Order     []string // operators that an index returns rows in the order of, which have the next numbers
	// Value is what is indexed, Key what an index keeps of it, Query what is on the right of the operators.
	Value, Key, Query pgtypes.Type
	// Keys and Values are lists of them. Of SP-GiST, a key is a pivot.
	Keys, Values pgtypes.Type
	Branches     string // of a node of SP-GiST
	Doc          string
	Pos          token.Position
	methods      map[string]*classMethod
	supports     []*support
}

// classMethod is a method that the author has written.
type classMethod struct {
	results int // besides an error
	fails   bool
}

// support is a function that PostgreSQL calls for an index: the arguments are its structures. Behind is
// the one that it has the work done by.
type support struct {
	number int
	args   []string // SQL types
	result string
	entry  string // of the host; empty: PostgreSQL calls the one behind itself
	stable bool   // and not immutable
	behind *Function
}

// role is what a parameter or a result of a method is.
type role byte

// The roles. Those of the author's types are what the methods of one class have in common.
const (
	aValue    role = 'v'
	aKey      role = 'k'
	aQuery    role = 'q'
	keyList   role = 'K'
	anOp      role = 'o' // the operator, as a string
	isLeaf    role = 'l'
	present   role = 'p' // []bool
	ternaries role = 't' // []pg.Ternary
	ternary   role = 'T'
	yes       role = 'y' // bool, and if wanted another one
	truth     role = 'b' // bool alone
	number    role = 'n' // float64, and for a distance if wanted a bool
	integer   role = 'i'
	values    role = 'V'
	depth     role = 'L' // int
	branches  role = 'B' // []int
	search    role = 's' // the keys and, if wanted, a pg.Search
	keyBytes  role = 'x' // []byte
	bound     role = 'd' // float64 alone
	bounds    role = 'D' // []float64
)

// methodKind is a method that a class can have.
type methodKind struct {
	name     string
	params   string // roles
	result   role
	optional bool
	form     string // for people
	number   int    // of the support function; 0: another method's calls it
	args     string // what PostgreSQL calls it with, in which $V, $K and $Q are types
	returns  string
	entry    string
}

// indexMethod is an access method, with what a class for it consists of.
type indexMethod struct {
	name      string
	directive string
	methods   []methodKind
}

var gin = &indexMethod{"gin", ginName, []methodKind{
	{"ExtractValue", "v", keyList, false, "ExtractValue(value T) []K", 2, "$V, internal, internal", "internal", "gin_extract_value"},
	{"ExtractQuery", "oq", search, false, "ExtractQuery(op string, query Q) []K, or ([]K, pg.Search)", 3, "$V, internal, smallint, internal, internal, internal, internal", "internal", "gin_extract_query"},
	{"Consistent", "oqp", yes, false, "Consistent(op string, query Q, present []bool) bool, or (match, recheck bool)", 4, "internal, smallint, $V, integer, internal, internal, internal, internal", "boolean", "gin_consistent"},
	{"TriConsistent", "oqt", ternary, true, "TriConsistent(op string, query Q, present []pg.Ternary) pg.Ternary", 6, "internal, smallint, $V, integer, internal, internal, internal", `"char"`, "gin_tri_consistent"},
	{"Compare", "kk", integer, true, "Compare(a, b K) int", 1, "$K, $K", "integer", ""},
	{comparePartial, "okk", integer, true, "ComparePartial(op string, part, key K) int", 5, "$K, $K, smallint, internal", "integer", "gin_compare_partial"},
}}

// comparePartial is the method with which the keys of a query are parts of those in the index.
const comparePartial = "ComparePartial"

var gist = &indexMethod{"gist", gistName, []methodKind{
	{"Compress", "v", aKey, true, "Compress(value T) K", 3, "internal", "internal", "gist_compress"},
	{"Consistent", "okql", yes, false, "Consistent(op string, key K, query Q, leaf bool) bool, or (match, recheck bool)", 1, "internal, $V, smallint, oid, internal", "boolean", "gist_consistent"},
	{"Union", "K", aKey, false, "Union(keys []K) K", 2, "internal, internal", "$K", "gist_union"},
	{"Penalty", "kk", number, false, "Penalty(key, added K) float64", 5, "internal, internal, internal", "internal", "gist_penalty"},
	{"PickSplit", "K", present, false, "PickSplit(keys []K) []bool: which of them go to the right", 6, "internal, internal", "internal", "gist_picksplit"},
	{"Same", "kk", yes, false, "Same(a, b K) bool", 7, "$K, $K, internal", "internal", "gist_same"},
	{"Distance", "okql", number, true, "Distance(op string, key K, query Q, leaf bool) float64, or (distance float64, recheck bool)", 8, "internal, $V, smallint, oid, internal", "double precision", "gist_distance"},
	{"Fetch", "k", aValue, true, "Fetch(key K) T", 9, "internal", "internal", "gist_fetch"},
}}

var spgist = &indexMethod{"spgist", spgistName, []methodKind{
	{"Choose", "kv", integer, false, "Choose(pivot P, value T) int", 2, "internal, internal", "void", "spgist_choose"},
	{"PickSplit", "VL", aKey, false, "PickSplit(values []T, level int) P", 3, "internal, internal", "void", "spgist_picksplit"},
	{"InnerConsistent", "okq", branches, false, "InnerConsistent(op string, pivot P, query Q) []int", 4, "internal, internal", "void", "spgist_inner_consistent"},
	{"LeafConsistent", "ovq", yes, false, "LeafConsistent(op string, value T, query Q) bool, or (match, recheck bool)", 5, "internal, internal", "boolean", "spgist_leaf_consistent"},
	{innerDistance, "okq", bounds, true, "InnerDistance(op string, pivot P, query Q) []float64: of each branch, the least that it can have", 0, "", "", ""},
	{leafDistance, "ovq", number, true, leafDistanceForm, 0, "", "", ""},
}}

// The methods of trees that return rows in the order of an operator. InnerConsistent and LeafConsistent
// call them, in the functions behind them, when it is an order that PostgreSQL asks for.
const (
	innerDistance    = "InnerDistance"
	leafDistance     = "LeafDistance"
	leafDistanceForm = "LeafDistance(op string, value T, query Q) float64, or (distance float64, recheck bool)"
)

// indexMethods has the access methods by directive.
var indexMethods = map[string]*indexMethod{ginName: gin, gistName: gist, spgistName: spgist, brinName: brin}

// operatorClasses finds the operator classes of a package, when its types are known.
func (c *collector) operatorClasses(p *Package, files []*ast.File, info *types.Info, used map[*ast.Comment]bool) {
	methods := methodsOf(files, info)
	for s, doc := range documented(files, token.TYPE) {
		spec := s.(*ast.TypeSpec)
		for _, line := range doc.List {
			method := indexMethods[directiveOf(line)]
			if method == nil {
				continue
			}
			used[line] = true
			before := len(c.errs)
			class := c.operatorClass(method, spec, doc, line, methods[spec.Name.Name], info)
			if len(c.errs) == before {
				class.make()
				p.Classes = append(p.Classes, class)
			}
		}
	}
}

func (c *collector) operatorClass(method *indexMethod, spec *ast.TypeSpec, doc *ast.CommentGroup, line *ast.Comment, methods map[string]*ast.FuncDecl, info *types.Info) *OperatorClass {
	kind, _ := kindOf(method.directive)
	g := c.readWords(line, kind)
	name := spec.Name.Name
	if method == spgist && methods[keyMethod] != nil {
		method = trie
	}
	class := &OperatorClass{
		GoName: name, SQLName: g.value("name"), Method: method, Default: g.has("default"), Branches: g.value("branches"),
		Doc: c.described(doc), Pos: c.fset.PositionFor(spec.Name.Pos(), false),
		methods: map[string]*classMethod{},
	}
	if class.SQLName == "" {
		class.SQLName = snakeCase(name)
	}
	if err := checkIdentifier(class.SQLName + "_compare_partial"); err != nil {
		c.addf(line.Slash, "%v; set another name with name=", err)
	}
	for _, list := range []struct {
		word string
		to   *[]string
	}{{"operators", &class.Operators}, {"order", &class.Order}} {
		if g.has(list.word) {
			*list.to = strings.Split(g.value(list.word), ",")
		}
	}
	if !g.tried("operators") {
		c.addf(line.Slash, "%s needs operators=OPERATOR,OPERATOR, the conditions that the index is for", method.directive)
	}
	switch branches := g.tried("branches"); {
	case method == spgist && !branches:
		c.addf(line.Slash, "%s needs branches=NUMBER, how many a node has: Choose returns one, from 0", method.directive)
	case method == trie && branches:
		c.addf(g.at("branches"), "branches= is for trees whose nodes have a pivot; one by the bytes of %s has a branch for each", keyMethod)
	}
	switch {
	case !spec.Name.IsExported():
		c.addf(spec.Name.Pos(), "%s is not exported; start its name with an upper case letter", name)
	case spec.TypeParams != nil:
		c.addf(spec.Name.Pos(), "%s is generic; define a type of its own for each class", name)
	case spec.Assign.IsValid():
		c.addf(spec.Name.Pos(), "%s is an alias; define a type: type %s …", name, name)
	default:
		r := &roles{collector: c, info: info, class: class, found: map[role]types.Type{}}
		for i := range method.methods {
			k := &method.methods[i]
			if fn := methods[k.name]; fn != nil {
				r.method(k, fn)
			} else if !k.optional {
				c.addf(spec.Name.Pos(), "%s has no method %s", name, k.form)
			}
		}
		r.resolve(spec)
	}
	if method == brin {
		c.checkBRIN(class, g.at("operators"))
	}
	for _, k := range method.methods {
		if k.distance() && g.tried("order") != (methods[k.name] != nil) {
			c.addf(g.at("order"), "order= and the method %s go together: the first names operators, the second computes them", k.name)
		}
	}
	if d := class.methods["Distance"]; d != nil && d.results > 1 && class.methods["Fetch"] != nil {
		c.addf(methods["Distance"].Name.Pos(), "Distance of %s has a second result, and there is a method Fetch: where PostgreSQL reads the index alone, no operator looks again; take one of them out", name)
	}
	return class
}

// distance reports whether the method computes what rows are ordered by.
func (k *methodKind) distance() bool {
	return k.name == "Distance" || k.name == innerDistance || k.name == leafDistance
}

// ordering reports whether the function behind a method of a tree has distances to return as well.
func (o *OperatorClass) ordering(k *methodKind) bool {
	return o.isTree() && len(o.Order) > 0 && (k.name == "InnerConsistent" || k.name == "LeafConsistent")
}

// make describes the functions of the class.
func (o *OperatorClass) make() {
	for i := range o.Method.methods {
		k := &o.Method.methods[i]
		if o.methods[k.name] == nil {
			continue
		}
		s := &support{number: k.number, result: o.withTypes(k.returns), behind: o.behind(k)}
		if k.number != 0 {
			s.args = strings.Split(o.withTypes(k.args), ", ")
		}
		if k.entry != "" {
			s.entry = "pgstd_pg_" + k.entry
		}
		if k.result == search && o.methods[comparePartial] != nil {
			s.entry = "pgstd_pg_gin_extract_parts"
		}
		o.supports = append(o.supports, s)
	}
	if o.isTree() {
		o.supports = append(o.supports, o.treeSupports()...)
	}
}

func (o *OperatorClass) withTypes(text string) string {
	return strings.NewReplacer("$V", o.Value.SQL, "$K", o.Key.SQL, "$Q", o.Query.SQL).Replace(text)
}

// behind describes the function of a method: its arguments and results are ordinary values.
func (o *OperatorClass) behind(k *methodKind) *Function {
	basic := func(kind types.BasicKind) pgtypes.Type { return simple(types.Typ[kind]) }
	list := func(kind types.BasicKind) pgtypes.Type { return simple(types.NewSlice(types.Typ[kind])) }
	f := &Function{
		Kind: Plain, GoName: "_" + o.GoName + "_" + k.name, call: "class" + o.GoName + k.name,
		SQLName: o.SQLName + "_" + snakeCase(k.name), Volatility: "immutable", Parallel: "safe", Strict: true, Fails: true,
		Pos: o.Pos, Doc: fmt.Sprintf("%s of the operator class %s", k.name, o.SQLName),
	}
	add := func(name string, t pgtypes.Type) { f.Args = append(f.Args, Arg{Name: name, Type: t}) }
	first := "key"
	for i := range k.params {
		switch role(k.params[i]) {
		case anOp: // stands where the operators' number does in what PostgreSQL calls
		case aValue:
			add("value", o.Value)
		case aKey:
			add(first, o.Key)
			first = "other"
		case aQuery:
			add("query", o.Query)
			add("strategy", basic(types.Int16))
		case keyList:
			add("keys", o.Keys)
		case isLeaf:
			add("leaf", basic(types.Bool))
		case values:
			add("list", o.Values)
		case depth:
			add("level", basic(types.Int32))
		case present:
			add("present", list(types.Bool))
		case ternaries:
			add("present", list(types.Int16))
		case keyBytes:
			add("prefix", list(types.Byte))
		}
	}
	if strings.Contains(k.params, string(anOp)) && !strings.Contains(k.params, string(aQuery)) {
		add("strategy", basic(types.Int16))
	}
	result := func(list ...Result) { f.Results = list }
	switch k.result {
	case keyList:
		result(Result{Type: o.Keys})
	case search:
		result(Result{Name: "keys", Type: o.Keys}, Result{Name: "mode", Type: basic(types.Int16)})
	case branches:
		result(Result{Type: list(types.Int32)})
	case bounds:
		result(Result{Type: list(types.Float64)})
	case bound:
		result(Result{Type: basic(types.Float64)})
	case keyBytes:
		result(Result{Type: list(types.Byte)})
	case aKey:
		if o.Method == spgist {
			result(Result{Name: "pivot", Type: o.Key}, Result{Name: "branch", Type: list(types.Int32)}, Result{Name: "branches", Type: basic(types.Int32)})
		} else {
			result(Result{Type: o.Key})
		}
	case aValue:
		result(Result{Type: o.Value})
	case present:
		result(Result{Name: "right", Type: list(types.Bool)}, Result{Name: "left_union", Type: o.Key}, Result{Name: "right_union", Type: o.Key})
	case yes:
		if k.name == "Same" {
			result(Result{Type: basic(types.Bool)})
		} else {
			result(Result{Type: basic(types.Int16)})
		}
	case truth:
		result(Result{Type: basic(types.Bool)})
	case ternary:
		result(Result{Type: basic(types.Int16)})
	case integer:
		result(Result{Type: basic(types.Int32)})
	case number:
		if k.name == "Penalty" {
			result(Result{Type: basic(types.Float32)})
		} else {
			result(Result{Name: "distance", Type: basic(types.Float64)}, Result{Name: "recheck", Type: basic(types.Bool)})
		}
	}
	if o.ordering(k) {
		distance := Result{Name: "distance", Type: basic(types.Float64)}
		f.Results[0].Name = "match"
		if k.result == branches {
			f.Results[0].Name = "branches"
			distance = Result{Name: "distances", Type: list(types.Float64)}
		}
		f.Results = append(f.Results, distance)
	}
	return f
}
