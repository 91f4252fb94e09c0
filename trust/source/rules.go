package source

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/trust/policy"
)

// Rule is one thing that source must not do.
type Rule struct {
	Name string
	// Short says in one line what is refused.
	Short string
	// Doc says why, what exactly, and what to do instead.
	Doc string
	// Final says that no policy can accept it.
	Final bool

	// What a rule looks at: a package, or the module that is built. The rules about
	// what a module may be at all are applied by Check itself.
	checkPackage func(*pass)
	checkModule  func(*modulePass)
}

// Rules is the table of all rules, in the order of the documentation.
var Rules = slices.Concat(codeRules, fileRules, moduleRules)

// Find returns the rule of that name, or nil.
func Find(name string) *Rule {
	for i := range Rules {
		if Rules[i].Name == name {
			return &Rules[i]
		}
	}
	return nil
}

// Acceptable lists the names of the rules that a policy can accept.
func Acceptable() []string {
	var names []string
	for _, r := range Rules {
		if !r.Final {
			names = append(names, r.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Explain is the documentation of a rule as text.
func (r *Rule) Explain() string {
	final := ""
	if r.Final {
		final = "\n\nNo policy can accept it."
	}
	return fmt.Sprintf("%s: %s\n\n%s%s\n", r.Name, r.Short, strings.TrimSpace(r.Doc), final)
}

// pass is one rule at work on one package.
type pass struct {
	*Package
	rule     *Rule
	env      *env
	findings *[]Finding
	lines    map[lineOf]bool
}

type lineOf struct {
	file string
	line int
}

// env is what holds for all packages of a build.
type env struct {
	// absent are packages of the standard library that the target does not have,
	// with the reason.
	absent map[string]string

	// unresolved are packages that the go command does not find.
	unresolved map[string]Finding
	// std has the first elements of the standard library's import paths.
	std map[string]bool
	// constants are the lengths of string constants, by package and name.
	constants map[string]map[string]int64
}

// report adds a finding, one for each line: what is wrong with the first
// expression of a line is wrong with the others too.
func (p *pass) report(pos token.Pos, format string, args ...any) {
	at := p.Fset.PositionFor(pos, false)
	if p.lines == nil {
		p.lines = map[lineOf]bool{}
	}
	if key := (lineOf{at.Filename, at.Line}); !p.lines[key] {
		p.lines[key] = true
		p.reportAt(Position{at.Filename, at.Line, at.Column}, format, args...)
	}
}

func (p *pass) reportAt(at Position, format string, args ...any) {
	f := Finding{Rule: p.rule.Name, Pos: at, Message: fmt.Sprintf(format, args...), Package: p.Path}
	f.of(p.Module)
	*p.findings = append(*p.findings, f)
}

// offset is the place of a byte of a file.
func (f *File) offset(n int) Position {
	n = min(n, len(f.Data))
	before := f.Data[:n]
	line, start := 1, 0
	for i, c := range before {
		if c == '\n' {
			line, start = line+1, i+1
		}
	}
	return Position{f.Name, line, n - start + 1}
}

// judged are the files that a rule looks at: all but pgbuild's own.
func (p *pass) judged(yield func(*File) bool) {
	for _, f := range p.Files {
		if !f.Generated && !yield(f) {
			return
		}
	}
}

// parsed are the judged files that have a syntax tree.
func (p *pass) parsed(yield func(*File) bool) {
	p.judged(func(f *File) bool { return f.Syntax == nil || yield(f) })
}

// typed are the judged files that the type checker has seen.
func (p *pass) typed(yield func(*File) bool) {
	p.parsed(func(f *File) bool { return !f.Built || yield(f) })
}

// importPath is the path in an import.
func importPath(spec *ast.ImportSpec) string {
	s := spec.Path.Value
	if len(s) < 2 {
		return ""
	}
	return s[1 : len(s)-1]
}

// mainModule is what the rules about a module look at.
type mainModule struct {
	Module
	GoMod    []byte // its go.mod; nil if there is none to be judged
	GoModule string // the name of that file
	Folder   []string
}

type modulePass struct {
	*mainModule
	rule     *Rule
	findings *[]Finding
}

func (p *modulePass) reportAt(at Position, format string, args ...any) {
	f := Finding{Rule: p.rule.Name, Pos: at, Message: fmt.Sprintf(format, args...)}
	f.of(&p.Module)
	*p.findings = append(*p.findings, f)
}

// of says what module a finding is in.
func (f *Finding) of(m *Module) {
	if m != nil {
		c := m.Content()
		f.Module, f.Version = c.Path, c.Version
	}
}

// Result is a verdict.
type Result struct {
	// Findings are what the gate refuses; empty: the source may become an object.
	Findings []Finding `json:"findings"`
	// Accepted are findings that the administrator's policy accepts.
	Accepted []Finding `json:"accepted"`
	// LeftOut are findings in files that no build of the kit's can take in.
	LeftOut []Finding `json:"leftOut"`
	// Modules are those that packages have been taken from.
	Modules []Module `json:"modules"`
	// Packages are what has been judged, one record for each.
	Packages []Record `json:"packages"`

	build *Build
}

// Unresolved is an import that the go command does not find, as an error: what is to say something
// of all modules of a build has to give up then. It is nil if there is none.
func (r *Result) Unresolved() error {
	if r.build == nil || len(r.build.unresolved) == 0 {
		return nil
	}
	path := slices.Min(slices.Collect(maps.Keys(r.build.unresolved)))
	f := r.build.unresolved[path]
	return fmt.Errorf("%s: %s", f.Pos, f.Message)
}

// Check judges packages that have been parsed and type-checked: all of a build that
// are neither the standard library's nor the kit's. A nil policy is the strictest.
//
// Dependencies have to stand before what imports them.
func Check(packages []*Package, p *policy.Policy) *Result {
	var findings []Finding
	e := newEnv()
	for _, pkg := range packages {
		e.measure(pkg)
		findings = append(findings, e.checkPackage(pkg)...)
	}
	return judge(findings, packages, p, "", false, nil)
}

// measure finds constants that nobody should compute. It is done before a package is
// type-checked.
func (e *env) measure(pkg *Package) {
	var files []*ast.File
	for _, f := range pkg.Files {
		if f.Syntax != nil && f.Syntax.Scope != nil {
			files = append(files, f.Syntax)
		}
	}
	pkg.bigStrings, e.constants[pkg.Path] = bigConstants(files, e.constants)
}

func (e *env) checkPackage(pkg *Package) []Finding {
	var findings []Finding
	for i := range Rules {
		if check := Rules[i].checkPackage; check != nil {
			check(&pass{Package: pkg, rule: &Rules[i], env: e, findings: &findings})
		}
	}
	pkg.forgive(findings)
	return findings
}

// isPackagePath reports whether a path is a package or below it.
func isPackagePath(p, prefix string) bool {
	return p == prefix || strings.HasPrefix(p, prefix+"/")
}

// base is the last element of a file's name.
func base(name string) string { return path.Base(filepath.ToSlash(name)) }
