package source

import (
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// moduleRules are about the module that is built, and about those that it requires.
var moduleRules = []Rule{{
	Name:  "go-mod",
	Short: "go.mod lines that change how the build works",
	Doc: `toolchain asks for another compiler than the one that has been checked; godebug changes
settings of the runtime and the library; tool brings programs in; ignore hides folders
from patterns such as ./..., which a reviewer would use. They are refused in the go.mod
of the module that is built. Those of modules that it requires have no effect in Go.`,
	checkModule: checkGoMod,
}, {
	Name:  "replace",
	Short: "a replace directive that leads out of the module",
	Doc: `A replace with a folder outside of the module builds source that is not part of what
was handed in. Folders inside the module are its own source. A replace with another
module is judged as that module: by its own path, version and hash. A replace of the
kit itself has no effect: pgbuild carries it.`,
	checkModule: checkReplace,
}, {
	Name:  "workspace",
	Short: "a go.work file in the module",
	Doc: `With a workspace the go command takes modules from other places than go.mod says.
Pgbuild builds without workspaces, so what a reviewer tries with one is something else
than what is built. Keep go.work outside of the module, or leave it out.`,
	checkModule: func(p *modulePass) {
		for _, name := range p.Folder {
			if name == "go.work" || name == "go.work.sum" {
				p.reportAt(Position{File: filepath.Join(p.Dir, name)}, "%s in the module: builds do not heed it", name)
			}
		}
	},
}, {
	Name:  "vendor",
	Short: "vendored packages that differ from their module",
	Final: true,
	Doc: `The go command does not compare a vendor folder with go.sum. A build that uses one
compares each vendored package with the module of that version in the module cache,
whose hash go.sum has, and refuses what differs or cannot be compared.`,
}, {
	Name:  "dependency",
	Short: "a module that the policy does not list",
	Final: true,
	Doc: `Which modules go into an object is decided by a policy: pgtrust.toml in the module, or
the administrator's file given with --policy, which wins. A module that is not listed
there with this version and hash is refused; with --deps=checked, one that passes every
rule is allowed without being listed. "pgbuild policy add MODULE" writes an entry.
Exceptions from rules count only in the administrator's policy.`,
}}

func checkGoMod(p *modulePass) {
	if p.GoMod == nil {
		return
	}
	f, err := modfile.Parse(p.GoModule, p.GoMod, nil)
	if err != nil {
		at, what := position(err, p.GoModule)
		p.reportAt(at, "%s", what)
		return
	}
	report := func(line *modfile.Line, word string) {
		p.reportAt(p.line(line), "%s is not allowed in the go.mod of an extension; remove the line", word)
	}
	if f.Toolchain != nil {
		report(f.Toolchain.Syntax, "toolchain")
	}
	for _, g := range f.Godebug {
		report(g.Syntax, "godebug")
	}
	for _, t := range f.Tool {
		report(t.Syntax, "tool")
	}
	for _, i := range f.Ignore {
		report(i.Syntax, "ignore")
	}
	if at, what := textFault(p.GoMod); what != "" {
		p.reportAt((&File{Name: p.GoModule, Data: p.GoMod}).offset(at), "%s in go.mod", what)
	}
}

func (p *modulePass) line(l *modfile.Line) Position {
	return Position{p.GoModule, l.Start.Line, l.Start.LineRune}
}

func checkReplace(p *modulePass) {
	if p.GoMod == nil {
		return
	}
	f, err := modfile.Parse(p.GoModule, p.GoMod, nil)
	if err != nil {
		return // go-mod has said so
	}
	for _, r := range f.Replace {
		if r.Old.Path == kitPath || r.New.Version != "" || !modfile.IsDirectoryPath(r.New.Path) {
			continue
		}
		dir := filepath.FromSlash(r.New.Path)
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(p.Dir, dir)
		}
		if why := linked(p.Dir, dir); why != "" {
			p.reportAt(p.line(r.Syntax), "%s is replaced by %s: %s", r.Old.Path, clip(r.New.Path), why)
		}
	}
}

// inside reports whether a folder is the root or below it.
func inside(root, dir string) bool {
	rel, err := filepath.Rel(root, dir)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
