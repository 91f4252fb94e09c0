package source

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/regular"
	"github.com/pgstd/pgstd/trust/policy"
)

// Module is what a package belongs to.
type Module struct {
	Path    string `json:"path"`              // by which it is imported
	Version string `json:"version,omitempty"` // as it is required
	// Replace is what go.mod puts in its place.
	Replace *Replacement `json:"replace,omitempty"`
	// Sum is the hash of the content: of a release as go.sum has it. For a folder it
	// is made by Load in the same way, of what goes into the build.
	Sum      string `json:"sum,omitempty"`
	Dir      string `json:"-"`
	Main     bool   `json:"main,omitempty"`     // the module that is built, not one that it requires
	Vendored bool   `json:"vendored,omitempty"` // taken from the vendor folder

	goVersion string // of its go line
}

// Replacement is a release of another module, or a folder, which has no version.
type Replacement struct {
	Path    string `json:"path"`
	Version string `json:"version,omitempty"`
}

// own reports whether the module is source of the author of what is built.
func (m *Module) own() bool {
	return m.Main || m.Replace != nil && m.Replace.Version == ""
}

// Content is what the module is, whatever it is called: the release that stands in its
// place, or a folder, which is known by its hash alone.
func (m *Module) Content() policy.Module {
	c := policy.Module{Path: m.Path, Version: m.Version, Sum: m.Sum, Folder: m.own()}
	switch {
	case c.Folder:
		c.Version = ""
	case m.Replace != nil:
		c.Path, c.Version = m.Replace.Path, m.Replace.Version
	}
	return c
}

// String names the content for people.
func (m *Module) String() string {
	c := m.Content()
	if c.Path != m.Path {
		return fmt.Sprintf("%s %s (in the place of %s)", c.Path, c.Version, m.Path)
	}
	return strings.TrimSpace(c.Path + " " + c.Version)
}

// File is a Go file of a package's folder.
type File struct {
	Name   string // as it was opened
	Data   []byte
	Syntax *ast.File // as much of it as can be parsed; nil if nothing can
	// Built says that the file is part of the build at hand. Others, which some
	// other combination of tags could select, are judged by what needs no types.
	Built bool
	// Generated says that the file is pgbuild's own. It is not judged, and the
	// author's files of the package must not get in its way.
	Generated bool
	// Err is why the file cannot be parsed.
	Err error
}

// Other is something else in a package's folder.
type Other struct {
	Name string // as it was looked at
	// Irregular names what it is if it is neither a regular file nor a folder:
	// "symbolic link", "device", …
	Irregular string
	Dir       bool
	// Data is the content of what could become code; Built says that it does.
	Data  []byte
	Built bool
}

// Package is what the rules look at.
type Package struct {
	Path   string
	Module *Module
	Dir    string
	Files  []*File
	Others []Other
	Embeds []Embed
	Fset   *token.FileSet
	Types  *types.Package
	Info   *types.Info
	// TypeErrors are what the type checker says of the built files.
	TypeErrors []types.Error
	// ImportedBy is how the package came into the build, for messages; empty for
	// one that was asked for.
	ImportedBy string
	// Function says that it is a function of the language, which may share the packages that it
	// imports with functions of others.
	Function bool

	stamps     map[string]regular.Stamp // of the files that have been read, by name in the folder
	bigStrings []ast.Expr
	kit        bool // one of those that pgbuild carries, which nobody judges
}

// Embed is a file that go:embed takes in.
type Embed struct {
	Name string // relative to the package's folder
	Pos  Position
	// Irregular says why it is not a regular file of the module, if it is not.
	Irregular string
	// Digest is the SHA-256 of its content.
	Digest [sha256.Size]byte
}

// NewInfo returns what the rules need the type checker to fill in.
func NewInfo() *types.Info {
	return &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Instances:  map[*ast.Ident]types.Instance{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Implicits:  map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
}

// Position is a place in a file, as it lies on disk: no //line directive moves it.
type Position struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"` // 0: the file as a whole
	Column int    `json:"column,omitempty"`
}

// Finding is one thing that a rule refuses.
type Finding struct {
	Rule    string   `json:"rule"`
	Pos     Position `json:"position"`
	Message string   `json:"message"`
	Package string   `json:"package,omitempty"`
	Module  string   `json:"module,omitempty"` // what it is, not what it is called
	Version string   `json:"version,omitempty"`
	// Reason is the policy's, if it accepts the finding.
	Reason string `json:"reason,omitempty"`
	// Unselected says that it is in a file that no build of the kit's can take in.
	Unselected bool `json:"unselected,omitempty"`
}

// less orders findings by place, for people who go through a file.
func compare(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.Pos.File, b.Pos.File),
		cmp.Compare(a.Pos.Line, b.Pos.Line),
		cmp.Compare(a.Pos.Column, b.Pos.Column),
		cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Message, b.Message),
	)
}

func sortFindings(findings []Finding) []Finding {
	slices.SortFunc(findings, compare)
	return slices.Compact(findings)
}
