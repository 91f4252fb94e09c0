package body

import (
	"errors"
	"fmt"
	"go/build"
	"slices"
	"strings"
	"testing"
)

// double writes n declarations, each made of the one before.
func double(n int, first, next string) string {
	var b strings.Builder
	b.WriteString(first + "\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, next+"\n", i, i-1)
	}
	return b.String()
}

// What a short text would cost is found out without paying for it.
func TestCosts(t *testing.T) {
	// Methods have type parameters since Go 1.27.
	ofMethods := "leads to more than 131072 copies of generic functions"
	if !slices.Contains(build.Default.ReleaseTags, "go1.27") {
		ofMethods = "method must have no type parameters"
	}
	const parts, copies, values = "consists of more than 131072 parts", "leads to more than 131072 copies of generic functions", "values of more than 16 MB in composite literals"
	for name, x := range map[string]struct{ text, want string }{
		"structs":           {double(60, "type S0 struct{ a int }", "type S%d struct{ a, b, c, d S%d }"), "type S8 " + parts},
		"arrays":            {double(60, "type S0 struct{ a, b int }", "type S%d struct{ a, b [2]S%d }"), parts},
		"aliases":           {double(60, "type t0 = struct{ a int }", "type t%d = struct{ a, b t%d }"), parts},
		"alias pointers":    {double(60, "type t0 = struct{ a int }", "type t%d = struct{ a, b *t%d }"), parts},
		"alias functions":   {double(60, "type t0 = func()", "type t%d = func(a, b t%[2]d) t%[2]d"), parts},
		"alias interfaces":  {double(60, "type t0 = interface{ m() }", "type t%d = interface{ a(t%[2]d); b(t%[2]d) }"), parts},
		"map keys":          {double(60, "type S0 struct{ a int }", "type S%d struct{ a, b map[S%[2]d]int }"), parts},
		"local":             {"if true {\n" + double(60, "type S0 struct{ a int }", "type S%d struct{ a, b, c, d S%d }") + "}\n", parts},
		"arguments":         {"type P[T any] struct{ a, b T }\n" + double(60, "type S0 P[int]", "type S%d P[S%d]"), parts},
		"nested arguments":  {"type P[T any] struct{ a, b T }\nvar x " + strings.Repeat("P[", 60) + "int" + strings.Repeat("]", 60), parts},
		"unions":            {double(60, "type S0 interface{ int | string }", "type S%d interface{ S%[2]d | S%[2]d }"), parts},
		"embedded":          {double(60, "type S0 struct{ a int }", "type S%d struct{ x struct{ S%[2]d }; y struct{ S%[2]d } }"), parts},
		"generic functions": {"type P[T any] struct{ a T }\n" + double(60, "func f0[T any]() {}", "func f%d[T any]() { f%[2]d[P[T]](); f%[2]d[*T]() }"), copies},
		"generic methods": {"type A[T any] struct{ a T }\ntype Q0[T any] struct{}\nfunc (Q0[T]) m() {}\n" +
			double(40, "", "type Q%d[T any] struct{}\nfunc (Q%[1]d[T]) m() { Q%[2]d[A[T]]{}.m(); Q%[2]d[*T]{}.m() }") + "func start[T any]() { Q40[T]{}.m() }", copies},
		"methods with parameters": {"type P[T any] struct{ a T }\ntype Q struct{}\n" +
			double(60, "func (Q) f0[T any]() {}", "func (q Q) f%d[T any]() { q.f%[2]d[P[T]](); Q.f%[2]d[*T](q) }"), ofMethods},
		"methods of two types": {"type Q struct{}\ntype R[T any] struct{ Q }\nfunc (R[T]) g[U any]() {}\n" +
			double(60, "func (Q) f0[T any]() { R[T]{}.g[T]() }", "func (r R[U]) f%d[T any]() { r.f%[2]d[[]T](); R[U].f%[2]d[*T](r) }"), ofMethods},
		"array":           {"var a = [1 << 27]byte{1}\n_ = a", values},
		"local array":     {"a := [1 << 27]byte{1}\n_ = a", values},
		"slice":           {"var a = []byte{1 << 27: 1}\n_ = a", values},
		"slice of arrays": {"var a = [][1 << 20]byte{20: {1}}\n_ = a", values},
		"struct":          {"var a = struct { b [1 << 27]byte; c int }{c: 1}\n_ = a", values},
		"pointer":         {"type T struct { b [1 << 27]byte; c int }\nvar a = &T{c: 1}\n_ = a", values},
		"many":            {"var (\n" + double(20, "a0 = [1 << 20]byte{1}", "a%d = [1<<20]byte{%d: 1}") + ")", values},
		"endless array":   {"var a = [1 << 60]int64{1}\n_ = a", values},

		"honest": {"type Row struct{ a, b, c int; next *Row; rest []Row }\ntype List[T any] struct{ items []T; first *T }\n" +
			"func Map[T, U any](l []T, f func(T) U) []U { var r []U; for _, x := range l { r = append(r, f(x)) }; return r }\n" +
			"type Tree[K comparable, V any] struct{ left, right *Tree[K, V]; key K; value V }\n" +
			"var t Tree[string, List[Row]]\nvar zeroes [1 << 27]byte\nvar table = [1 << 20]byte{1}\n_, _, _ = t, &zeroes, table\n_ = Map([]int{1}, func(i int) string { return string(rune(i)) })", ""},
	} {
		_, err := Wrap(x.text+"\nreturn 1, nil", "plgo", Signature{Name: "f", Results: []Result{{Type: "int64"}}}, nothing{})
		var d Diagnostics
		switch {
		case x.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case x.want != "" && (!errors.As(err, &d) || !strings.Contains(d[0].Message, x.want)):
			t.Errorf("%s: %v, want %q", name, err, x.want)
		}
	}
}
