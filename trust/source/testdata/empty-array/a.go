package a

type wide struct{ w [64]*int }

type none [0][2]wide

// Such arrays are there for what they keep from being done.
type fine struct {
	_ [0]func()
	n [0]int
	m [1][2]int
}

func Fine(f fine, s []int, t string, p *[2]int, i int) (sum int) {
	for _, n := range f.n {
		sum += n
	}
	for _, n := range f.n[:] {
		sum += n
	}
	return sum + len(f.n) + f.m[i][i] + s[i] + int(t[i]) + p[i] + first([]int{1}) + map[[0]int]int{}[f.n]
}

func first[E any](list []E) E { return list[0] }

func Local(i int) *int {
	var a none
	return a[i][0].w[1] // want "an element of an array is asked for that has none \(none\)"
}

func Inner(s struct{ x [3][0]struct{ y [2]string } }, i int) string {
	return s.x[i][i].y[1] // want "has none \(\[0\]struct{y \[2\]string}\)"
}

func Pointer(p *none, i int) *int {
	return (p)[i][0].w[1] // want "has none \(\*none\)"
}

func Result(i int) string {
	get := func() (a [0][2]string) { return }
	a := get()[i][0]                         // want "has none \(\[0\]\[2\]string\)"
	b := ([0][2]string)([][2]string{})[i][1] // want "has none \(\[0\]\[2\]string\)"
	return a + b
}

func Assigned(i, v int) {
	const n = 2 - 2
	var a [n][5]int
	a[i][0] = v // want "has none"
	a[i][1]++   // want "has none"
	func() {
		for a[i][2] = range 3 { // want "has none"
		}
	}()
}

type some interface{ ~[0][2]string | ~[1][2]string }

type same interface{ some }

func Parameter[A some, B interface {
	same
	comparable
}](a A, b B, i int) string {
	s := a[i][0]       // want "has none \(A\)"
	return s + b[i][1] // want "has none \(B\)"
}

func Element[E any](a [0][2]E, i int) E {
	return a[i][1] // want "has none \(\[0\]\[2\]E\)"
}
