package object_test

import (
	"bytes"
	"cmp"
	"debug/elf"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/object"
)

// TestLoader: hosts that map objects themselves refuse damaged headers, dynamic
// sections and relocations, and do not die of them, even if nobody has asked the gate
// or compared a digest.
func TestLoader(t *testing.T) {
	f := good(t, object.Object, target.Host())
	path := filepath.Join(t.TempDir(), "object.so")
	if err := os.WriteFile(path, f.data, 0o600); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	dynamic, relocations := f.elf.Section(".dynamic"), f.elf.Section(".rela.dyn")
	places := func() uint64 {
		switch random.IntN(5) {
		case 0:
			return uint64(random.IntN(8)) * 8 // the file's header
		case 1, 2:
			return 64 + uint64(random.IntN(len(f.elf.Progs)*7))*8
		case 3:
			return dynamic.Offset + uint64(random.IntN(int(dynamic.Size/8)))*8
		}
		return relocations.Offset + uint64(random.IntN(int(relocations.Size/8)))*8
	}
	values := func(old uint64) uint64 {
		switch random.IntN(6) {
		case 0:
			return old + uint64(random.IntN(64)) - 32
		case 1:
			return old ^ 1<<random.IntN(64)
		case 2:
			return ^uint64(random.IntN(4096))
		case 3:
			return uint64(random.IntN(1 << 22))
		case 4:
			return 0
		}
		return random.Uint64()
	}
	var in bytes.Buffer
	in.WriteString("go\n") // as it is
	const tries = 3000
	for range tries {
		for range 1 + random.IntN(3) {
			at := places()
			fmt.Fprintf(&in, "%d %d\n", at, values(f.get64(at)))
		}
		in.WriteString("go\n")
	}
	// An entry that an addition would make small.
	fmt.Fprintf(&in, "24 %d\ngo\n", ^uint64(63))
	// A dynamic section without an end, at the end of what is mapped.
	last := f.elf.Progs[slices.IndexFunc(f.elf.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_LOAD && p.Flags&elf.PF_W != 0 })]
	at := f.prog(elf.PT_DYNAMIC, 0)
	fmt.Fprintf(&in, "%d %d\n%d 16\n%d 16\ngo\n", at+pVaddr, (last.Vaddr+last.Memsz)&^7-16, at+pFilesz, at+pMemsz)

	cmd := exec.Command(loader(t), path)
	cmd.Stdin = &in
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	answers := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil {
		t.Fatalf("after %d answers: %v\n%s", len(answers), err, &said)
	}
	if len(answers) != tries+3 || answers[0] != "mapped" {
		t.Fatalf("%d answers, the first is %q", len(answers), answers[0])
	}
	count := map[string]int{}
	for _, a := range answers {
		count[a]++
	}
	if count["mapped"] > tries*9/10 || len(count) < 4 {
		t.Errorf("the changes do not damage enough: %v", count)
	}
	if answers[tries+1] == "mapped" {
		t.Error("an entry beyond all memory was taken")
	}
}

// loader builds the host's loader as a program.
func loader(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var sources []string
	err := fs.WalkDir(pgstd.Files, "host", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && path != "host" {
			return cmp.Or(err, fs.SkipDir)
		}
		if d.IsDir() {
			return nil
		}
		data, err := fs.ReadFile(pgstd.Files, path)
		if err != nil {
			return err
		}
		name := filepath.Join(dir, filepath.Base(path))
		if strings.HasSuffix(name, ".c") {
			sources = append(sources, name)
		}
		return os.WriteFile(name, data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "loader")
	args := append([]string{"-O1", "-g", "-D_GNU_SOURCE", "-fsanitize=undefined", "-fno-sanitize-recover=all", "-I" + dir, "-o", program, "testdata/loader.c"}, sources...)
	if out, err := exec.Command("gcc", append(args, "-ldl")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}
