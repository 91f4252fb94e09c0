// Package newmodule writes the files of a new extension: a module that builds, passes its tests and
// can be installed as it is.
package newmodule

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"text/template"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/pgstd/pgstd/internal/atomicfile"
)

//go:embed files
var files embed.FS

// Extension is what is to be made.
type Extension struct {
	Name   string // of the extension and its package
	Module string // path of the module
	Go     string // language version, as "1.26"
}

var name = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// Check says what is wrong with the names.
func (e *Extension) Check() error {
	if !name.MatchString(e.Name) {
		return fmt.Errorf("%q cannot be the name of an extension and of a Go package; take small letters, digits and _", e.Name)
	}
	switch e.Name {
	case "main", "pgstd", "plgo":
		return fmt.Errorf("%s has a meaning of its own; take another name", e.Name)
	}
	if modfile.IsDirectoryPath(e.Module) {
		return fmt.Errorf("%s is a folder; name the extension or its module, and the folder with --dir", e.Module)
	}
	return module.CheckImportPath(e.Module)
}

// Write writes the files into a folder, which it makes; one that holds something is left alone. It
// returns their names in the order in which they are read.
func (e *Extension) Write(dir string) ([]string, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if len(entries) > 0 {
		return nil, fmt.Errorf("%s is not empty; name another folder", dir)
	}
	var names []string
	for _, f := range []struct{ name, from string }{
		{"go.mod", ""},
		{e.Name + ".go", "extension.go"},
		{e.Name + "_test.go", "extension_test.go"},
		{"test/sql/" + e.Name + ".sql", "session.sql"},
		{"test/expected/" + e.Name + ".out", "session.out"},
		{e.Name + ".control", "control"},
		{"README.md", "README.md"},
		{".gitignore", "gitignore"},
		{".github/workflows/test.yml", "workflow.yml"},
	} {
		text := fmt.Appendf(nil, "module %s\n\ngo %s\n", e.Module, e.Go)
		if f.from != "" {
			if text, err = e.fill("files/" + f.from + ".txt"); err != nil {
				return nil, err
			}
		}
		path := filepath.Join(dir, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := atomicfile.Write(path, text, 0o644); err != nil {
			return nil, err
		}
		names = append(names, path)
	}
	return names, nil
}

func (e *Extension) fill(name string) ([]byte, error) {
	t, err := template.ParseFS(files, name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, e)
	return b.Bytes(), err
}
