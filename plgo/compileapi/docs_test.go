package compileapi

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/target"
)

// block returns the code block of docs/compile.md with the given info string.
func block(t *testing.T, info string) string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/compile.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?ms)^```" + info + "\n(.*?)^```$").FindSubmatch(doc)
	if m == nil {
		t.Fatalf("docs/compile.md has no block %q", info)
	}
	return string(m[1])
}

// The example of docs/compile.md is answered as it says there.
func TestDocumentedExample(t *testing.T) {
	request, err := Decode([]byte(block(t, "json request")))
	if err != nil {
		t.Fatal(err)
	}
	s := NewService(target.Options{})
	defer s.Close()
	answer := s.Compile(t.Context(), request)
	digest := ""
	for _, r := range answer.Results {
		for i := range r.Objects {
			o := &r.Objects[i]
			digest = o.Digest
			o.Target, o.Digest, o.Data, o.Milliseconds, o.Cached = "linux-postgres-amd64", "…", []byte("data"), 0, false
		}
	}
	answer.Results[0].Go = "go1.26.8"
	got, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := normalized(t, strings.ReplaceAll(string(got), `"data":"ZGF0YQ=="`, `"data":"…"`)), normalized(t, block(t, "json answer")); a != b {
		t.Errorf("the answer is\n%s\nand docs/compile.md says\n%s", a, b)
	}

	// And the program compiles the same.
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(block(t, "go")), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "run", file).CombinedOutput()
	if err != nil || !strings.Contains(string(out), digest) {
		t.Errorf("the program prints %q, %v; want digest %s", out, err, digest)
	}
}

func normalized(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
