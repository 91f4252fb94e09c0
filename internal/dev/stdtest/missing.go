package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/test/gotest"
)

// leftOut returns the test files that an overlay takes out of the library, because they look
// at files that it takes out.
func leftOut(overlayJSON string) ([]string, error) {
	data, err := os.ReadFile(overlayJSON)
	if err != nil {
		return nil, err
	}
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal(data, &overlay); err != nil {
		return nil, err
	}
	var files []string
	for file, by := range overlay.Replace {
		if by == "" && strings.HasSuffix(file, "_test.go") {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	return files, nil
}

var testName = regexp.MustCompile(`^(Test|Example|Fuzz)($|[^a-z])`)

// missing returns the tests of a folder that are in files which are left out (gone): they count, too.
func missing(gone []string, dir string) ([]gotest.Test, error) {
	var tests []gotest.Test
	for _, file := range gone {
		if filepath.Dir(file) != dir {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && testName.MatchString(fn.Name.Name) && fn.Name.Name != "TestMain" {
				tests = append(tests, gotest.Test{Name: fn.Name.Name, Outcome: gotest.Skip, Message: "left out: " + filepath.Base(file)})
			}
		}
	}
	return tests, nil
}
