package base

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// wrapper makes the package that offers functions of type func(string) string of another.
func wrapper(path string, functions ...string) []byte {
	text := fmt.Sprintf("package w\n\nimport (\n\tm %q\n\t\"github.com/pgstd/pgstd/pg/pgabi\"\n)\n\n", path)
	table := ""
	for _, f := range functions {
		text += fmt.Sprintf("func call%s(args, result *pgabi.Slot) { result.SetText(m.%[1]s(args.Text())) }\n", f)
		table += fmt.Sprintf("\t{Name: %q, Signature: \"\\x07\\x07\", Call: call%[1]s},\n", f)
	}
	return []byte(text + "\nvar table = []pgabi.Function{\n" + table + "}\n\nfunc init() { pgabi.Register(table) }\n")
}

func build(t *testing.T, b *Base, name, source string, functions ...string) string {
	t.Helper()
	k, _ := testBase(t)
	path := "plgo/" + name
	data, err := b.Module(t.Context(), k, []Package{{path, name + ".go", []byte(source)}, {path + "/w", "w.go", wrapper(path, functions...)}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Log(name, len(data))
	return file
}

func TestTry(t *testing.T) {
	k, b := testBase(t)
	m := build(t, b, "m1", `package m1
import ("fmt"; "strings"; "encoding/json")
type T struct { A int; B string; C map[string][]int }
func F(s string) string {
	var t T
	if err := json.Unmarshal([]byte(s), &t); err != nil { return fmt.Errorf("no: %w", err).Error() }
	var x any = t.C
	_, ok := x.(map[string][]int)
	return strings.ToUpper(fmt.Sprint(t, ok))
}
`, "F")
	t.Log(host(t, k, b.Path(), "modules", "memory", "load "+m, "memory", `F {"A": 3, "B": "xyz", "C": {"a": [1, 2]}}`, "F nonsense", "memory", "restart", "load "+m, "F {}"))
}
