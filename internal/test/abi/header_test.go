package abi

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// field is one of a structure of C.
type field struct{ name string }

// header is what a header of C declares.
type header struct {
	structures map[string][]field
	constants  []string
}

var (
	comment    = regexp.MustCompile(`(?s)/\*.*?\*/`)
	structure  = regexp.MustCompile(`(?s)typedef struct (\w+)\n?\{(.*?)\n\}\s*(\w+);`)
	enum       = regexp.MustCompile(`(?s)typedef enum (\w+)\n?\{(.*?)\n\}\s*(\w+);`)
	define     = regexp.MustCompile(`(?m)^#define\s+(\w+)[ \t]+\S`)
	pointer    = regexp.MustCompile(`\(\*(\w+)\)\s*\(`)
	declarator = regexp.MustCompile(`(\w+)(?:\[\w+\])?$`)
)

// readHeader reads the declarations of a header of ours.
func readHeader(text string) (header, error) {
	text = comment.ReplaceAllString(text, "")
	h := header{structures: map[string][]field{}}
	for _, m := range structure.FindAllStringSubmatch(text, -1) {
		for _, d := range strings.Split(m[2], ";") {
			d = strings.TrimSpace(d)
			if d == "" {
				continue
			}
			name := pointer.FindStringSubmatch(d)
			if name == nil {
				name = declarator.FindStringSubmatch(d)
			}
			if name == nil {
				return h, fmt.Errorf("%s: what is declared by %q?", m[3], d)
			}
			h.structures[m[3]] = append(h.structures[m[3]], field{name[1]})
		}
	}
	for _, m := range enum.FindAllStringSubmatch(text, -1) {
		for _, d := range strings.Split(m[2], ",") {
			if name, _, _ := strings.Cut(strings.TrimSpace(d), " "); name != "" {
				h.constants = append(h.constants, name)
			}
		}
	}
	for _, m := range define.FindAllStringSubmatch(text, -1) {
		h.constants = append(h.constants, m[1])
	}
	if n := strings.Count(text, "struct ") - strings.Count(text, "struct PgstdWorld"); n != len(h.structures) {
		return h, fmt.Errorf("it has %d structures, of which %d were understood", n, len(h.structures))
	}
	return h, nil
}

// Architectures, as Go names them, with their compilers.
var compilers = map[string]string{"amd64": "x86_64-linux-gnu-gcc", "arm64": "aarch64-linux-gnu-gcc"}

// compile returns the values of constant expressions of C behind some declarations.
// Nothing of it runs: the values are read from the object file.
func compile(t *testing.T, arch, declarations string, expressions []string) map[string]uint64 {
	t.Helper()
	cc, err := exec.LookPath(compilers[arch])
	if err != nil {
		t.Skip(err)
	}
	const section = ".pgstd_probe"
	source := declarations + "\n__attribute__((used, section(\"" + section + "\")))\nconst uint64_t probe[] = {\n\t(uint64_t) (" +
		strings.Join(expressions, "),\n\t(uint64_t) (") + "),\n};\n"
	dir := t.TempDir()
	in, out := filepath.Join(dir, "probe.c"), filepath.Join(dir, "probe.o")
	if err := os.WriteFile(in, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	host, err := filepath.Abs("../../../host")
	if err != nil {
		t.Fatal(err)
	}
	if message, err := exec.Command(cc, "-std=gnu11", "-Wall", "-Werror", "-I"+host, "-c", "-o", out, in).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cc, err, message)
	}
	object, err := elf.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer object.Close()
	data, err := object.Section(section).Data()
	if err != nil || len(data) != 8*len(expressions) {
		t.Fatalf("%d bytes for %d expressions: %v", len(data), len(expressions), err)
	}
	values := map[string]uint64{}
	for i, e := range expressions {
		values[e] = binary.LittleEndian.Uint64(data[8*i:])
	}
	return values
}

func offsetOf(structure, field string) string {
	return fmt.Sprintf("offsetof(%s, %s)", structure, field)
}

func sizeOf(structure, field string) string {
	return fmt.Sprintf("sizeof(((%s *) 0)->%s)", structure, field)
}
