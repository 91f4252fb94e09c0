package body

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// resolve decides what the package imports: what the signature needs, what the
// text imports and uses, and what it uses without importing it, as goimports does.
func (w *wrapper) resolve(p *Package) []Diagnostic {
	var diagnostics []Diagnostic
	used := selectors(p.File)
	w.imports = maps.Clone(w.sig.Imports)
	if w.imports == nil {
		w.imports = map[string]string{}
	}
	written := map[string]bool{}
	for _, line := range w.parts.imports {
		if err := w.addImport(line, used, written); err != nil {
			diagnostics = append(diagnostics, w.text.diagnostic(line.offset, err.Error()))
		}
	}
	if diagnostics != nil {
		return diagnostics
	}
	for name, members := range used {
		if w.imports[name] != "" || types.Universe.Lookup(name) != nil || isDeclared(p.File, name) {
			continue
		}
		if path := w.find(name, members); path != "" {
			w.imports[name] = path
		}
	}
	return nil
}

// addImport takes over an import that the text spells out, if the text uses it.
func (w *wrapper) addImport(line importLine, used map[string]map[string]bool, written map[string]bool) error {
	if err := w.imp.Refuse(line.path); err != nil {
		return err
	}
	pkg, err := w.imp.Import(line.path)
	if err != nil {
		return err
	}
	name := line.name
	switch name {
	case "":
		name = pkg.Name()
	case ".":
		return fmt.Errorf("import of %q into the function's own scope; use its name, %s", line.path, pkg.Name())
	case "_":
		// For what the package's initialisation does: any name will do.
		w.imports["_ "+line.path] = line.path
		return nil
	}
	if written[name] && w.imports[name] != line.path {
		return fmt.Errorf("%s redeclared: two imports have this name", name)
	}
	written[name] = true
	if used[name] != nil {
		w.imports[name] = line.path
	}
	return nil
}

// find returns the best package of a name that has all that the text wants of it.
func (w *wrapper) find(name string, members map[string]bool) string {
	for _, path := range w.imp.Named(name) {
		if w.imp.Refuse(path) != nil {
			continue
		}
		pkg, err := w.imp.Import(path)
		if err != nil {
			continue
		}
		missing := slices.ContainsFunc(slices.Collect(maps.Keys(members)), func(m string) bool {
			return !ast.IsExported(m) || pkg.Scope().Lookup(m) == nil
		})
		if !missing {
			return path
		}
	}
	// None fits: with the best guess the message names what is missing.
	for _, path := range w.imp.Named(name) {
		if w.imp.Refuse(path) == nil {
			return path
		}
	}
	return ""
}

// selectors returns what the file takes from names that it does not declare.
func selectors(file *ast.File) map[string]map[string]bool {
	free := map[*ast.Ident]bool{}
	for _, id := range file.Unresolved {
		free[id] = true
	}
	used := map[string]map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok && free[id] {
				if used[id.Name] == nil {
					used[id.Name] = map[string]bool{}
				}
				used[id.Name][s.Sel.Name] = true
			}
		}
		return true
	})
	return used
}

// importName is how an import is written for a key of wrapper.imports.
func importName(key string) string {
	name, _, _ := strings.Cut(key, " ")
	return name
}
