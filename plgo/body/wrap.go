package body

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/trust/source"
)

// Package is a text that has become a Go package.
type Package struct {
	Path     string // import path
	Function string // the Go function that it holds
	// Source is for the compiler: positions of its messages, and of tracebacks, are those
	// of the text. Plain is the same without the comments that see to it, which is what
	// File and Info are about.
	Source, Plain []byte
	// ResultPointers tells which results, or rows, are pointers, for NULL.
	ResultPointers []bool
	RowsFail       bool // rows come with an error: iter.Seq2
	Uses           *Uses

	Fset *token.FileSet
	File *ast.File
	// Declaration is the function's, in File.
	Declaration *ast.FuncDecl
	Types       *types.Package
	Info        *types.Info
	Imports     []string // import paths, sorted
	Written     []string // of these, and of others that are not used, those that the text spells out

	generated *generated
}

// Locate turns a position in Plain into a diagnostic of the text.
func (p *Package) Locate(pos token.Pos, message string) Diagnostic {
	return p.locate(p.Fset.PositionFor(pos, false).Offset, message)
}

// LocateLine does the same for a line and a column, counted from 1.
func (p *Package) LocateLine(line, column int, message string) Diagnostic {
	file := p.Fset.File(p.File.FileStart)
	line = min(max(line, 1), file.LineCount())
	return p.Locate(file.LineStart(line)+token.Pos(max(column, 1)-1), message)
}

func (p *Package) locate(offset int, message string) Diagnostic {
	g := p.generated
	return g.from.diagnostic(g.origin(offset), message)
}

// wrapper is the work on one text.
type wrapper struct {
	sig        Signature
	imp        Importer
	text       *text
	parts      *parts
	function   string
	free       map[string]bool // names that the text does not declare
	placed     []*piece        // what stands before the statements, and where it goes
	keep       bool            // nothing is hoisted
	imports    map[string]string
	edits      []edit
	pointers   []bool // results
	rowsFail   bool
	helpers    bool // helperSource is needed
	rowHelpers bool // and rowSource
	json       bool // and jsonSource
	fitting    bool // and fitSource
	unfit      bool // what does not fit comes as a panic
	catches    bool // which becomes the call's error
	mistakes   []token.Pos
}

// Wrap makes a package of a text. What is wrong with the text is a Diagnostics; there may
// be a package all the same, for its Uses.
func Wrap(src, path string, sig Signature, imp Importer) (*Package, error) {
	w := &wrapper{sig: sig, imp: imp, text: newText(src), pointers: make([]bool, len(sig.Results))}
	p, diagnostics := w.wrap(path)
	if diagnostics != nil {
		list := collect(diagnostics)
		w.hint(list)
		return p, list
	}
	return p, nil
}

func (w *wrapper) wrap(path string) (*Package, []Diagnostic) {
	var diagnostics []Diagnostic
	if w.parts, diagnostics = split(w.text); diagnostics != nil {
		return nil, diagnostics
	}
	if w.sig.Bare && w.parts.statement >= 0 {
		return nil, []Diagnostic{w.text.diagnostic(w.parts.statement, "a statement outside of a function; the text of an aggregate has declarations alone")}
	}
	w.text.src = blanked(w.text.src, w.parts.blank)
	w.function = Exported(w.sig.Name)
	w.initially()

	p, diagnostics := w.parse(path)
	if diagnostics != nil {
		return nil, diagnostics
	}
	if diagnostics = w.predeclared(p); diagnostics != nil {
		return nil, diagnostics
	}
	if diagnostics = costly(p); diagnostics != nil {
		return nil, diagnostics
	}
	w.free = map[string]bool{}
	for _, id := range p.File.Unresolved {
		w.free[id.Name] = true
	}
	for isDeclared(p.File, w.function) && p.File.Scope.Lookup(w.function).Decl != w.declaration(p) || w.sig.Declarations[w.function] != "" {
		w.function += "_"
	}
	if diagnostics = w.resolve(p); diagnostics != nil {
		return nil, diagnostics
	}
	if p, diagnostics = w.parse(path); diagnostics != nil {
		return nil, diagnostics
	}
	if diagnostics = oversized(p); diagnostics != nil {
		return nil, diagnostics
	}
	w.check(p) // what the returns are; its errors are not final
	if diagnostics = w.place(p); diagnostics != nil {
		return nil, diagnostics
	}
	if w.moved() {
		if p, diagnostics = w.parse(path); diagnostics != nil {
			return nil, diagnostics
		}
		w.check(p)
	}
	if w.hoist(p) {
		if p, diagnostics = w.parse(path); diagnostics != nil {
			return nil, diagnostics
		}
		w.check(p)
	}
	if w.returns(p) {
		if p, diagnostics = w.parse(path); diagnostics != nil {
			return nil, diagnostics
		}
	}
	diagnostics = w.check(p)
	p.Uses = w.uses(p, w.mistakes)
	if diagnostics != nil {
		return p, diagnostics
	}
	if diagnostics = append(w.numerics(p), w.unscanned(p)...); diagnostics != nil {
		return p, diagnostics
	}
	if diagnostics = heavy(p, sizes); diagnostics != nil {
		return nil, diagnostics
	}
	p.ResultPointers, p.RowsFail = w.pointers, w.rowsFail
	p.Declaration = w.declaration(p)
	p.Source = w.source()
	p.Imports = slices.Sorted(maps.Values(w.imports))
	p.Imports = slices.Compact(p.Imports)
	for _, line := range w.parts.imports {
		p.Written = append(p.Written, line.path)
	}
	return p, nil
}

// predeclared refuses declarations that give names of the language another meaning: what
// is put around the text uses them.
func (w *wrapper) predeclared(p *Package) []Diagnostic {
	var diagnostics []Diagnostic
	for name, object := range p.File.Scope.Objects {
		if types.Universe.Lookup(name) != nil {
			diagnostics = append(diagnostics, p.Locate(object.Pos(), name+" is a name of the language; choose another one"))
		}
	}
	return diagnostics
}

// parse writes the source as it is known so far, and parses it.
func (w *wrapper) parse(path string) (*Package, []Diagnostic) {
	g := &generated{name: w.sig.Position(), from: w.text}
	w.write(g)
	p := &Package{Path: path, Function: w.function, Plain: []byte(g.b.String()), Fset: token.NewFileSet(), generated: g}
	var err error
	p.File, err = parser.ParseFile(p.Fset, FileName, p.Plain, parser.ParseComments|parser.AllErrors)
	if list, ok := err.(scanner.ErrorList); ok {
		return nil, w.syntaxErrors(g, list)
	}
	return p, nil
}

// syntaxErrors are what the parser says, in the author's terms: he has not written the
// brace that ends the function, nor anything behind it.
func (w *wrapper) syntaxErrors(g *generated, list scanner.ErrorList) []Diagnostic {
	var diagnostics []Diagnostic
	for _, e := range list {
		outside := !g.ours(e.Pos.Offset)
		if outside && diagnostics != nil {
			continue
		}
		message := e.Msg
		if expected, _, found := strings.Cut(message, ", found "); outside && found {
			message = expected + ", found the end of the text"
		}
		diagnostics = append(diagnostics, w.text.diagnostic(g.origin(e.Pos.Offset), message))
	}
	return diagnostics
}

// FileName is the name of the package's one file.
const FileName = "body.go"

// source is what the compiler gets.
func (w *wrapper) source() []byte {
	g := &generated{name: w.sig.Position(), from: w.text, lines: true}
	w.write(g)
	return []byte(g.b.String())
}

func (w *wrapper) write(g *generated) {
	g.write("package plgo\n\n")
	for _, name := range slices.Sorted(maps.Keys(w.imports)) {
		g.printf("import %s %q\n", importName(name), w.imports[name])
	}
	w.writePackage(g)
	g.printf("\n\nfunc %s(%s) %s {\n", w.function, w.params(), w.results())
	if w.catches {
		g.write("defer pgstd_caught(&pgstd_err)\n")
	}
	w.unnamed(g)
	w.writeLocal(g)
	g.take(w.parts.body, len(w.text.src), w.edits)
	g.write("\n")
	switch {
	case len(w.sig.Results) == 0:
		g.write("return nil\n")
	case w.sig.Results[0].Name != "":
		g.write("return\n")
	}
	g.write("}\n")
	for _, name := range slices.Sorted(maps.Keys(w.sig.Declarations)) {
		g.write("\n" + w.sig.Declarations[name])
	}
	if w.helpers {
		g.write(helperSource)
	}
	if w.rowHelpers {
		g.write(rowSource)
	}
	if w.rowHelpers && w.rowsFail {
		g.write(failingRowSource)
	}
	if w.fitting || w.rowHelpers && w.rowsFail {
		g.write(caughtSource)
	}
	if w.fitting {
		g.write(fitSource)
	}
	if w.json {
		g.write(jsonSource)
	}
	if w.fitting && w.rowHelpers {
		g.write(fittingRowSource)
	}
}

// declaration is the function that holds the statements: the first of that name
// with the body that was written last.
func (w *wrapper) declaration(p *Package) *ast.FuncDecl {
	var last *ast.FuncDecl
	for _, d := range p.File.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == w.function {
			last = f
		}
	}
	return last
}

// oversized finds constants that the type checker would fill the memory with.
func oversized(p *Package) (diagnostics []Diagnostic) {
	for _, e := range source.BigConstants(p.File) {
		diagnostics = append(diagnostics, p.Locate(e.Pos(), "a string constant of more than 64 MB"))
	}
	return diagnostics
}

// ourCall is how a message names a value that is passed to a function of helperSource.
var ourCall = regexp.MustCompile(`in argument to pgstd_\w+(\[.*\])?$`)

// inAuthorsTerms says of a return statement what the type checker says of what it has
// been made.
func (w *wrapper) inAuthorsTerms(message string) string {
	message = strings.ReplaceAll(message, `"`+w.sig.PG+`".`, "pg.")
	// From go1.27 on, two packages of Go's library have that name.
	message = strings.ReplaceAll(message, `"encoding/json".`, "json.")
	if strings.Contains(message, "pgstd_set") {
		return ourCall.ReplaceAllString(message, "in assignment")
	}
	return ourCall.ReplaceAllString(message, "in return statement")
}

// sizes are those of all targets.
var sizes = types.SizesFor("gc", "amd64")

// check type-checks the package.
func (w *wrapper) check(p *Package) []Diagnostic {
	var diagnostics []Diagnostic
	w.mistakes = nil
	p.Info = &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Implicits:  map[ast.Node]types.Object{},
		Scopes:     map[ast.Node]*types.Scope{},
		Instances:  map[*ast.Ident]types.Instance{},
	}
	conf := types.Config{
		Importer: w.imp,
		Sizes:    sizes,
		Error: func(err error) {
			e := err.(types.Error)
			w.mistakes = append(w.mistakes, e.Pos)
			if strings.HasPrefix(e.Msg, "\t") {
				return // more about the one before
			}
			diagnostics = append(diagnostics, p.Locate(e.Pos, w.inAuthorsTerms(e.Msg)))
		},
	}
	p.Types, _ = conf.Check(p.Path, p.Fset, []*ast.File{p.File}, p.Info)
	return append(diagnostics, w.places(p)...)
}
