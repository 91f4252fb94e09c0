package inplace

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

const only = `
func _(a []int64) (s int64) { for _, v := range a { s += v }; return s }
func _(a []int64) (s int64) { for i := range a { s += a[i] * a[len(a)-1] }; return s }
func _(a []int64) (s int64) { for i := 0; i < len(a); i++ { s += a[i] }; return s }
func _(a []int64) (s int64) { for i := range len(a) { s += a[i] }; return s }
func _(a, b []int64) (s int64) { for i := range b { s += a[i] * b[i] }; return s }
func _(n int64, a []int64) (s int64) { for i := range n { for range 2 { s += a[i] } }; return s }
func _(n int64, a []int64) float64 { x := a[n]; y, z := float64(a[x]), -a[0]; return y + float64(z) }
func _(a []int64) int64 { switch { case a[0] > 1: return a[0] }; if a[0] == a[1] { return f(a[0]) }; return T{a[0]}.x }
func _(a []bool) bool { switch a[0] { case a[1]: return !a[2] }; return false }
func _(a []bool) int { if a[0] { return 1 }; return 0 }
func _(a []int64, m map[int64]int64) { m[a[0]] = a[1]; m[a[2]]++ }
func _(a []int64) { defer f(a[0]); go f(a[1]) }
func _(a []int64) int64 { f := func() int64 { return 1 }; return f() + a[0] }
func _(a []int64, all iter.Seq[int64]) int64 { for range all() { }; return a[0] }
func _(a []int64) int64 { return x.a + x.a.y + a[0] }
func _(a ...int64) int { return len(a) }
func _(a []int64) { }
`

const more = `
func _(a []int64) []int64 { return a }
func _(a []int64) { kept = a }
func _(a []int64) { kept = a[1:] }
func _(a []int64) { b := a; f(b[0]) }
func _(a []int64) { a = append(a, 1) }
func _(a []int64) { b := append(a, 1); f(b[0]) }
func _(a []int64) { f(a) }
func _(a []int64) { f(a...) }
func _(a []int64) { slices.Sort(a) }
func _(a []int64) { a[0] = 1 }
func _(a []int64) { (a[0]) = 1 }
func _(a []int64) { a[0]++ }
func _(a []int64) { a[0] += 1 }
func _(a []int64) { a[0], a[1] = a[1], a[0] }
func _(a []int64) { for a[0] = range 10 { } }
func _(a []int64) { for _, a[0] = range kept { } }
func _(a []int64) { for a = range all { } }
func _(a []int64) { select { case a[0] = <-c: } }
func _(a []int64) { p := &a[0]; *p = 1 }
func _(a []int64) { p := &(a[0]); *p = 1 }
func _(a []int64) { p := &a; f(*p) }
func _(a []T) { a[0].set() }
func _(a []T) { kept = a[0][:] }
func _(a []T) { a[0][1] = 1 }
func _(a []T) { a[0].x = 1 }
func _(a []int64) { f(*a[0]) }
func _(a []int64) { c <- a }
func _(a []int64) { kept = T{a} }
func _(a []int64) { kept = T{a: 1} }
func _(a []int64) { kept = any(a) }
func _(a []int64) { kept = a.(any) }
func _(a []int64) { if a == nil { } }
func _(a []int64) { clear(a) }
func _(a []int64) { copy(a, kept) }
func _(a []int64) { kept = func() int64 { return a[0] } }
func _(a []int64) { go func() { f(len(a)) }() }
func _(a []int64) { for range all { f(a[0]) } }
func _(a []int64) { for range all() { f(a[0]) } }
func _(a []int64) { for range x.all { for range a { f(len(a)) } } }
func _(a, b []int64) { b := all; for range b { f(a[0]) } }
func _(a, b []int64) { for _, b := range kept { for range b { f(a[0]) } } }
func _(a, b []int64) { var b = all; for range b { f(a[0]) } }
func _(a, b []int64) { switch b := x.(type) { default: for range b { f(a[0]) } } }
func _(a, b []int64) { select { case b := <-c: for range b { f(a[0]) } } }
func _(a []int64) { len := func(x []int64) int { kept = x; return 0 }; len(a) }
func _(a []int64) { type len []int64; kept = len(a) }
func _(a []int64) (len func([]int64)) { len(a); return }
func _[len ~[]int64](a []int64) { kept = len(a) }
func _(a []int64) { var len = keep; len(a) }
func _(a []int64) { kept, len := 1, keep; len(a) }
func _(a []int64) { f(len(a, 1)) }
func _(a []int64) { const len = 1; f(len) }
func _(a []int64) { for _, a := range kept { f(a) } }
func _(a []int64) { switch a := x.(type) { case []int64: f(a) } }
func _(a []int64) { type a []int64; kept = a{1} }
func _(a []int64) { a: for { break a } }
func _(a []int64) { goto a; a: f(1) }
func _(a []int64) { f((a)[0]) }
func _(a [][]int64) { f(a[0][1]) }
func _(a []T) { defer a[0].m() }
func _(a []int64) { defer func() { f(a[0]) }() }
func _(a []int64) { next, stop := iter.Pull(func(yield func(int64) bool) { yield(a[0]) }); f(next, stop) }
func _(a []int64) { for range iter.Seq[int](all) { f(a[0]) } }
func _(a []int64) { for range (all) { defer f(a[0]) } }
func _(a, b []int64) { for range b { for b := range all { f(a[b]) } } }
func _(a, b []int64) { f(func(b func(func() bool)) { for range b { f(a[0]) } }) }
func _[b ~func(func() bool)](a []int64, c b) { for range b(c) { f(a[0]) } }
func _(a []int64)
`

func TestOnly(t *testing.T) {
	for _, test := range []struct {
		functions string
		want      bool
	}{{only, true}, {more, false}} {
		for line := range strings.Lines(strings.TrimSpace(test.functions)) {
			file, err := parser.ParseFile(token.NewFileSet(), "", "package p; "+line, 0)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if got := Only(file.Decls[0].(*ast.FuncDecl), "a"); got != test.want {
				t.Errorf("%v, want %v: %s", got, test.want, line)
			}
		}
	}
}

func TestBlank(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p; func _(_ []int64) { a[0] = 1 }", 0)
	if err != nil {
		t.Fatal(err)
	}
	if !Only(file.Decls[0].(*ast.FuncDecl), "_") {
		t.Error("a parameter without a name is thought to be used")
	}
}
