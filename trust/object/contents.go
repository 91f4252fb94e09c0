package object

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// Contents is what takes up the space in a file.
type Contents struct {
	Packages []Package `json:"packages"` // the largest first
	Sections []Section `json:"sections"` // in the order of the file
}

// Package is the machine code of a Go package.
type Package struct {
	Path      string `json:"path"`
	Module    string `json:"module"` // "std" for the standard library; empty for what belongs to none
	Functions int    `json:"functions"`
	Size      uint64 `json:"size"`
}

// Section is a part of the file.
type Section struct {
	Name string `json:"name"`
	Size uint64 `json:"size"` // in memory
	File uint64 `json:"file"` // in the file
}

// HostCode is the path of the pseudo-package that the postgres host is listed as.
const HostCode = "postgres host"

// CompilerCode is the path of what the compiler has made of types, for which no
// package can be named.
const CompilerCode = "compiler"

// Inspect judges a file as Verify does, and lists what is in it. The list is empty
// if the file was refused.
func Inspect(data []byte) (*Report, *Contents) {
	g := newGate(data, "")
	g.run()
	g.sort()
	c := &Contents{Packages: []Package{}, Sections: []Section{}}
	if !g.Good() {
		return g.Report, c
	}
	packages := map[string]*Package{}
	for i := range g.functions {
		f := &g.functions[i]
		path := HostCode
		if !f.host {
			path = packageOf(f.name.String())
		}
		p := packages[path]
		if p == nil {
			p = &Package{Path: path, Module: g.moduleOf(path)}
			packages[path] = p
		}
		p.Functions++
		p.Size += f.size()
	}
	for _, p := range packages {
		c.Packages = append(c.Packages, *p)
	}
	slices.SortFunc(c.Packages, func(a, b Package) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Path, b.Path))
	})
	for name, s := range g.sections {
		file := s.size()
		if name == ".bss" || name == ".noptrbss" {
			file = 0
		}
		c.Sections = append(c.Sections, Section{name, s.size(), file})
	}
	slices.SortFunc(c.Sections, func(a, b Section) int {
		return cmp.Or(cmp.Compare(g.sections[a.Name].start, g.sections[b.Name].start), cmp.Compare(a.Name, b.Name))
	})
	return g.Report, c
}

// packageOf is the import path of the package that a function belongs to.
func packageOf(name string) string {
	name, _, _ = strings.Cut(name, "[") // type arguments have paths, too
	if strings.HasPrefix(name, "type:") || strings.HasPrefix(name, "go:") {
		return CompilerCode
	}
	slash := strings.LastIndexByte(name, '/') + 1
	dot := strings.IndexByte(name[slash:], '.')
	if dot < 0 {
		return "runtime" // assembly without a package in its name
	}
	path := name[:slash+dot]
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain // dots are escaped in the last part
	}
	return printable(path)
}

// moduleOf is the module of a package.
func (g *gate) moduleOf(path string) string {
	if path == HostCode || path == CompilerCode {
		return ""
	}
	best := ""
	for _, m := range g.Provenance.Modules {
		if (path == m.Path || strings.HasPrefix(path, m.Path+"/")) && len(m.Path) > len(best) {
			best = m.Path
		}
	}
	first, _, _ := strings.Cut(path, "/")
	switch {
	case best != "":
		return best
	case path == "main" && len(g.Provenance.Modules) > 0:
		return g.Provenance.Modules[0].Path
	case !strings.Contains(first, "."):
		return "std"
	}
	return ""
}
