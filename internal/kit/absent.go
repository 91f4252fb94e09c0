package kit

import (
	"context"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/internal/surface"
)

// importing is what go list says of a package that is built.
type importing struct {
	ImportPath string
	Dir        string
	Standard   bool
	Module     *struct {
		Path, Version string
		Main          bool
	}
	GoFiles []string
	Imports []string
}

// failsForImports matches what the go command says of a package of which no file is
// left, or none at all, and the compiler of one that is empty.
var failsForImports = regexp.MustCompile(`build constraints exclude all Go files|is not in std|undefined: `)

// explainAbsent looks for imports of packages that the target does not have, when
// a build has failed in a way that this may be the reason of. It returns a line
// for each, or nothing.
// Looking before each build would cost more than many builds.
func (k *Kit) explainAbsent(ctx context.Context, dir, base string, args []string, said string) string {
	if !failsForImports.MatchString(said) {
		return ""
	}
	flags := []string{"-e", "-json=ImportPath,Dir,Standard,Module,GoFiles,Imports"}
	if args[0] == "test" {
		flags = append(flags, "-test")
	}
	out, err := k.Command(ctx, dir, k.listWith(args, flags...)...).Output()
	if err != nil {
		return ""
	}
	var lines []string
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p importing
		if d.Decode(&p) != nil {
			return ""
		}
		if p.Standard {
			continue
		}
		for _, absent := range surface.AbsentPackages() {
			if slices.Contains(p.Imports, absent.Path) {
				line := fmt.Sprintf("%s: %v, or without what imports it", p.position(absent.Path, base), AbsentError(absent.Path))
				if !slices.Contains(lines, line) {
					lines = append(lines, line)
				}
			}
		}
	}
	return strings.Join(lines, "\n")
}

// position says where a package imports another: in which file and line, and, if
// it is somebody else's, in which package of which module.
func (p *importing) position(path, base string) string {
	at := ImportPosition(path, p.Dir, p.GoFiles)
	switch {
	case at == "":
		return p.ImportPath
	case p.Module == nil || p.Module.Main:
		return relocate(filepath.Base(at), p.Dir, base)
	}
	return fmt.Sprintf("%s/%s (module %s %s)", p.ImportPath, filepath.Base(at), p.Module.Path, p.Module.Version)
}

// ImportPosition says where, in the first of the files of a folder that does, a path is
// imported; empty if none does.
func ImportPosition(path, dir string, files []string) string {
	for _, name := range files {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.ImportsOnly)
		if err != nil {
			continue
		}
		for _, spec := range f.Imports {
			if imported, err := strconv.Unquote(spec.Path.Value); err == nil && imported == path {
				return fset.Position(spec.Pos()).String()
			}
		}
	}
	return ""
}

// IsAbsent reports whether the target does not have a package.
func IsAbsent(path string) bool {
	p, ok := surface.Lookup(path)
	return ok && p.Status == surface.Absent
}

// AbsentError says why the target does not have a package.
func AbsentError(path string) error {
	p, _ := surface.Lookup(path)
	return fmt.Errorf("package %s is absent from the target: %s; do without it", path, p.Note)
}
