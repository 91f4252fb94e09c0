package extension

import (
	"bytes"
	"fmt"
	"go/types"
)

// trie is SP-GiST by the bytes of a key, which the host compares: host/postgres/calls/trie.c.
var trie = &indexMethod{"spgist", spgistName, []methodKind{
	{keyMethod, "v", keyBytes, false, "Key(value T) []byte", 2, "internal, internal", "void", "trie_choose"},
	{"InnerConsistent", "oxq", truth, false, "InnerConsistent(op string, prefix []byte, query Q) bool: whether a key that begins so can match", 4, "internal, internal", "void", "trie_inner_consistent"},
	{"LeafConsistent", "ovq", yes, false, "LeafConsistent(op string, value T, query Q) bool, or (match, recheck bool)", 5, "internal, internal", "boolean", "spgist_leaf_consistent"},
	{innerDistance, "oxq", bound, true, "InnerDistance(op string, prefix []byte, query Q) float64: the least that a key that begins so can have", 0, "", "", ""},
	{leafDistance, "ovq", number, true, leafDistanceForm, 0, "", "", ""},
}}

// keyMethod is the method that makes a class of SP-GiST one of this kind.
const keyMethod = "Key"

// isTree reports whether the class is for SP-GiST, of either kind.
func (o *OperatorClass) isTree() bool { return o.Method == spgist || o.Method == trie }

// treeSupports are the functions of a class for SP-GiST that are no methods: what the types are, and,
// of a trie, the keys of a page's values in one call.
func (o *OperatorClass) treeSupports() []*support {
	structures := []string{"internal", "internal"}
	made := func(name, what string, result Result, args ...Arg) *Function {
		return &Function{
			Kind: Plain, GoName: "_" + o.GoName + "_" + name, call: "class" + o.GoName + name, SQLName: o.SQLName + "_" + snakeCase(name),
			Volatility: "immutable", Parallel: "safe", Strict: true, Pos: o.Pos, Doc: what + " of the operator class " + o.SQLName,
			Args: args, Results: []Result{result},
		}
	}
	config := made("Config", "Types", Result{Type: simple(types.Typ[types.Int32])}, Arg{Name: "value", Type: o.Value})
	if o.Method == spgist {
		config.Args = append(config.Args, Arg{Name: "pivot", Type: o.Key})
	}
	if o.rough() {
		config.Args = append(config.Args, Arg{Name: "rough", Type: simple(types.Typ[types.Bool])})
	}
	if o.Method == spgist {
		return []*support{{number: 1, args: structures, result: "void", entry: "pgstd_pg_spgist_config", behind: config}}
	}
	keys := made("Keys", "Keys of values", Result{Type: simple(types.NewSlice(types.NewSlice(types.Typ[types.Byte])))}, Arg{Name: "list", Type: o.Values})
	keys.Fails = true
	return []*support{
		{number: 1, args: structures, result: "void", entry: "pgstd_pg_trie_config", behind: config},
		{number: 3, args: structures, result: "void", entry: "pgstd_pg_trie_picksplit", behind: keys},
	}
}

// rough reports whether the operator may have to look again at a distance, which PostgreSQL does not do
// where it reads the index alone.
func (o *OperatorClass) rough() bool {
	m := o.methods[leafDistance]
	return m != nil && m.results > 1
}

// writeTree writes the Go functions behind them.
func (o *OperatorClass) writeTree(b *bytes.Buffer) {
	rough := ""
	if o.rough() {
		rough = ", bool"
	}
	if o.Method == spgist {
		fmt.Fprintf(b, "\nfunc class%sConfig(%s, %s%s) int32 { return %s }\n", o.GoName, o.Value.Go, o.Key.Go, rough, o.Branches)
		return
	}
	fmt.Fprintf(b, "\nfunc class%sConfig(%s%s) int32 { return 0 }\n", o.GoName, o.Value.Go, rough)
	fmt.Fprintf(b, "\nfunc class%[1]sKeys(list %[2]s) (keys [][]byte, err error) {\n"+
		"\tfor _, value := range list {\n\t\tkey, err := class%[1]sKey(value)\n\t\tif err != nil {\n\t\t\treturn nil, err\n\t\t}\n\t\tkeys = append(keys, key)\n\t}\n"+
		"\treturn keys, nil\n}\n", o.GoName, o.Values.Go)
}
