package loops

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each function but the last two has one loop.
const source = `package some

type number int64

func Plain(v []int64) (s int64) {
	for _, x := range v {
		s += x
	}
	return s
}

func (n number) value(v []int64) (s int64) {
	for _, x := range v {
		s += x * int64(n)
	}
	return s
}

func (n *number) pointer(v []int64) (s int64) {
	for _, x := range v {
		s -= x * int64(*n)
	}
	return s
}

func makes(k int64) (func(v []int64) int64, func() func(v []int64) int64) {
	first := func(v []int64) (s int64) {
		for _, x := range v {
			s += x * k
		}
		return s
	}
	return first, func() func(v []int64) int64 {
		return func(v []int64) (s int64) {
			for _, x := range v {
				s -= x * k
			}
			return s
		}
	}
}

var Uses = []any{number.value, (*number).pointer, makes}

// Of a size that only hot functions may have to be inlined.
func Larger(v []int64) (s int64) {
	s = v[0]*v[1] + v[2]*v[3] + v[4]*v[5] + v[6]*v[7]
	return s + v[8]*v[9] + v[10]*v[11] + v[12]*v[13] + v[14]*v[15] + v[16]*v[17] + v[18]*v[19] + v[20]*v[21]
}

func calls(v []int64) int64 { return Larger(v) + Larger(v[1:]) }
`

// compile returns what the compiler says of the source, for amd64.
func compile(t *testing.T, flags ...string) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "some.go"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", slices.Concat([]string{"tool", "compile", "-p", "plgo/some", "-complete", "-shared", "-o", "some.a"}, flags, []string{"some.go"})...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOARCH=amd64")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.ReplaceAll(string(out), dir, "")
}

func flags(t *testing.T) []string {
	profile, err := Profile(Package{"main/other", []byte("package main\n\nfunc main() {}\n")}, Package{"plgo/some", []byte(source)})
	if err != nil {
		t.Fatal(err)
	}
	f, err := Flags(filepath.Join(t.TempDir(), "some.pgo"), profile)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestLoopsAreAligned(t *testing.T) {
	var aligned []string
	for _, f := range regexp.MustCompile(`(?m)^plgo/some\.`).Split(compile(t, append(flags(t), "-S")...), -1) {
		if strings.Contains(f, "\tPCALIGNMAX\t$64") {
			aligned = append(aligned, strings.Fields(f)[0])
		}
	}
	slices.Sort(aligned)
	if want := []string{"(*number).pointer", "Plain", "makes.func1", "makes.func2.1", "number.value"}; !slices.Equal(aligned, want) {
		t.Errorf("aligned are the loops of %q, want %q", aligned, want)
	}
}

func TestNothingElseChanges(t *testing.T) {
	with, without := compile(t, append(flags(t), "-m")...), compile(t, "-m")
	if with != without || !strings.Contains(with, "can inline") || strings.Contains(with, "inlining call to Larger") {
		t.Errorf("the compiler with a profile says\n%s\nand without\n%s", with, without)
	}
}

func TestNoGo(t *testing.T) {
	if _, err := Profile(Package{"plgo/some", []byte("package")}); err == nil {
		t.Error("no error for what is no Go file")
	}
}
