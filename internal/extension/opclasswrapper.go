package extension

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// writeBehind writes the Go functions behind those of an operator class: from their arguments in
// SQL to the author's methods and back.
func (o *OperatorClass) writeBehind(b *bytes.Buffer) {
	var operators []string
	for _, symbol := range append(o.Operators[:len(o.Operators):len(o.Operators)], o.Order...) {
		operators = append(operators, strconv.Quote(symbol))
	}
	fmt.Fprintf(b, "\nvar operators%s = [...]string{%s}\n", o.GoName, strings.Join(operators, ", "))
	at := 0
	for i := range o.Method.methods {
		k := &o.Method.methods[i]
		if m := o.methods[k.name]; m != nil {
			o.writeMethod(b, k, m, o.supports[at].behind)
			at++
		}
	}
	if o.isTree() {
		o.writeTree(b)
	}
}

func (o *OperatorClass) writeMethod(b *bytes.Buffer, k *methodKind, m *classMethod, f *Function) {
	var params, types, args, zeros []string
	for _, a := range f.Args {
		params = append(params, a.Name+" "+a.Type.Go)
	}
	for i, r := range f.Results {
		types = append(types, fmt.Sprintf("r%d %s", i, r.Type.Go))
		zeros = append(zeros, fmt.Sprintf("r%d", i))
	}
	failed := "return " + strings.Join(zeros, ", ") + ", fail"
	fmt.Fprintf(b, "\nfunc %s(%s) (%s, err error) {\n", f.call, strings.Join(params, ", "), strings.Join(types, ", "))
	if o.ordering(k) {
		o.writeDistance(b, k, f)
	}
	key := "key"
	for i := range k.params {
		switch role(k.params[i]) {
		case anOp:
			fmt.Fprintf(b, "\top, fail := pgabi.Operator(operators%s[:], strategy)\n\tif fail != nil {\n\t\t%s\n\t}\n", o.GoName, failed)
			args = append(args, "op")
		case aValue:
			args = append(args, "value")
		case aKey:
			args = append(args, key)
			key = "other"
		case aQuery:
			args = append(args, "query")
		case keyList:
			args = append(args, "keys")
		case isLeaf:
			args = append(args, "leaf")
		case values:
			args = append(args, "list")
		case depth:
			args = append(args, "int(level)")
		case keyBytes:
			args = append(args, "prefix")
		case present:
			args = append(args, "present")
		case ternaries:
			b.WriteString("\tknown := make([]pg.Ternary, len(present))\n\tfor i, p := range present {\n\t\tknown[i] = pg.Ternary(p)\n\t}\n")
			args = append(args, "known")
		}
	}
	got := []string{"v", "w"}[:m.results]
	if m.fails {
		got = append(got, "fail")
	}
	fmt.Fprintf(b, "\t%s := new(author.%s).%s(%s)\n", strings.Join(got, ", "), o.GoName, k.name, strings.Join(args, ", "))
	if m.fails {
		fmt.Fprintf(b, "\tif fail != nil {\n\t\t%s\n\t}\n", failed)
	}
	b.WriteString(o.results(k, m, failed) + "}\n")
}

// results makes of what a method has returned, v and if there are two w, what the function behind it does;
// failed is how that returns the error fail.
func (o *OperatorClass) results(k *methodKind, m *classMethod, failed string) string {
	second := map[bool]string{true: "w", false: "false"}[m.results > 1]
	rest := ", nil\n"
	if o.ordering(k) {
		rest = ", r1, nil\n"
	}
	switch {
	case k.result == search && m.results > 1:
		return "\treturn v, int16(w), nil\n"
	case k.result == search:
		return "\treturn v, 0, nil\n"
	case k.result == yes && k.name != "Same":
		return "\treturn pgabi.Match(v, " + second + ")" + rest
	case k.result == ternary:
		return "\treturn int16(v), nil\n"
	case k.result == integer && o.Method == spgist:
		return "\tr0, err = pgabi.Branch(v, " + o.Branches + ")\n\treturn r0, err\n"
	case k.result == branches:
		return "\tfor _, n := range v {\n\t\tb, fail := pgabi.Branch(n, " + o.Branches + ")\n\t\tif fail != nil {\n\t\t\t" + failed + "\n\t\t}\n\t\tr0 = append(r0, b)\n\t}\n\treturn r0" + rest
	case k.name == "PickSplit" && o.Method == spgist:
		return "\tfor _, value := range list {\n\t\tb, err := class" + o.GoName + "Choose(v, value)\n\t\tif err != nil {\n\t\t\treturn r0, nil, 0, err\n\t\t}\n\t\tr1 = append(r1, b)\n\t}\n\treturn v, r1, " + o.Branches + ", nil\n"
	case k.result == integer:
		return "\treturn pgabi.Sign(v), nil\n"
	case k.name == "Penalty":
		return "\treturn float32(v), nil\n"
	case k.result == number:
		return "\treturn v, " + second + ", nil\n"
	case k.result == present:
		union := "class" + o.GoName + "Union"
		return "\tleft, right, err := pgabi.Divide(keys, v)\n\tif err != nil {\n\t\treturn nil, r1, r2, err\n\t}\n" +
			"\tif r1, err = " + union + "(left); err == nil {\n\t\tr2, err = " + union + "(right)\n\t}\n\treturn v, r1, r2, err\n"
	}
	return "\treturn v" + rest
}

// writeDistance has the function behind a method of a tree return distances for operators that are orders.
func (o *OperatorClass) writeDistance(b *bytes.Buffer, k *methodKind, f *Function) {
	args := f.Args[0].Name + ", query, strategy"
	fmt.Fprintf(b, "\tif int(strategy) > %d {\n", len(o.Operators))
	if k.name == "InnerConsistent" {
		fmt.Fprintf(b, "\t\tr1, err = class%s%s(%s)\n\t\treturn r0, r1, err\n\t}\n", o.GoName, innerDistance, args)
		return
	}
	fmt.Fprintf(b, "\t\tvar recheck bool\n\t\tr1, recheck, err = class%s%s(%s)\n\t\treturn pgabi.Match(true, recheck), r1, err\n\t}\n", o.GoName, leafDistance, args)
}
