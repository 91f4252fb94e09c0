package source

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/pgstd/pgstd/trust/policy"
)

// Module is what a package belongs to.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version,omitempty"` // of a release; empty for a folder
	// Sum is the hash of a release as go.sum has it. For a folder it is made by
	// Load in the same way, of what has been read from it.
	Sum  string `json:"sum,omitempty"`
	Dir  string `json:"-"`
	Main bool   `json:"main,omitempty"` // the module that is built, not one that it requires

	local     bool   // a folder that a replace names
	vendored  bool   // taken from the vendor folder
	goVersion string // of its go line
}

// own reports whether the module is source of the author of what is built.
func (m *Module) own() bool { return m.Main || m.local }

// policyModule is how a policy sees a module.
func (m *Module) policyModule() policy.Module {
	return policy.Module{Path: m.Path, Version: m.Version, Sum: m.Sum, Main: m.Main}
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

	bigStrings []ast.Expr
	kit        bool // one of those that pgbuild carries, which nobody judges
}

// Embed is a file that go:embed takes in.
type Embed struct {
	Name string // relative to the package's folder
	Pos  Position
	// Irregular says why it is not a regular file of the module, if it is not.
	Irregular string
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
	Module  string   `json:"module,omitempty"`
	Version string   `json:"version,omitempty"`
	// Reason is the policy's, if it accepts the finding.
	Reason string `json:"reason,omitempty"`
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
