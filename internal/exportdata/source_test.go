package exportdata

import (
	"bytes"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/go/gcexportdata"
)

// library writes a GOROOT with one package.
func library(t *testing.T, text string) Library {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "src/some/p")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return Library{Root: root, Version: "go1.99.1", GOARCH: "amd64"}
}

// TestFromSource: what this program has no words for is left out, and all else of a package is there.
func TestFromSource(t *testing.T) {
	l := library(t, "package p\n\nimport \"errors\"\n\nvar errBad = errors.New(\"bad\")\n\ntype T struct{ n int }\n\n"+
		"func (t *T) Plain(n int) T { return T{n} }\n\nfunc (t *T) Generic[N int | uint](n N) N { return n }\n\nfunc F[N any](n N) *T { return nil }\n")
	p, err := l.fromSource(token.NewFileSet(), "some/p")
	if err != nil {
		t.Fatal(err)
	}
	// As it is kept.
	var kept bytes.Buffer
	if err := gcexportdata.Write(&kept, token.NewFileSet(), p); err != nil {
		t.Fatal(err)
	}
	if p, err = Read(kept.Bytes(), token.NewFileSet(), map[string]*types.Package{}, "some/p"); err != nil {
		t.Fatal(err)
	}
	of := types.NewMethodSet(types.NewPointer(p.Scope().Lookup("T").Type()))
	if of.Lookup(p, "Plain") == nil {
		t.Error("a method is missing")
	}
	if of.Lookup(p, "Generic") != nil {
		t.Error("a method with type parameters is there")
	}
	if p.Scope().Lookup("F") == nil {
		t.Error("a function with type parameters is missing")
	}
}

// TestFromBadSource: what is not understood is an error.
func TestFromBadSource(t *testing.T) {
	for text, want := range map[string]string{
		"package p\n\nfunc F( {}\n":                               "p.go:3:9: ",
		"package p\n\nimport \"other\"\n\nfunc F(t other.T) {}\n": "F has no type that is known",
	} {
		if _, err := library(t, text).fromSource(token.NewFileSet(), "some/p"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := library(t, "package p\n").fromSource(token.NewFileSet(), "none"); err == nil {
		t.Error("no error for a package that is not there")
	}
}
