package extension

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/regular"
	"github.com/pgstd/pgstd/trust/source"
	"strconv"
	"strings"
)

// LoadConfig says which package to load, and how the go command is run.
type LoadConfig struct {
	Dir     string // where the go command runs: Pattern is relative to it
	Base    string // what positions in errors are relative to; empty is Dir
	Pattern string // one package; empty is "."
	// Go runs the go command in dir. Of its errors, an *exec.ExitError means that
	// what it has said on stderr tells why.
	Go         gocmd.Run
	BuildFlags []string // -tags, -modfile, -overlay …
	GoVersion  string   // of the go command, as "go1.26.8"; empty leaves the check out
	// Files says where files are that an overlay of BuildFlags puts into the package.
	Files map[string]string
}

// Load finds, reads and checks a package. An error about what the author wrote
// is an [Errors] with all mistakes.
//
// Only declarations are type-checked, and imports are not followed: the types
// that a function may have are built in. Whatever else does not compile, the
// compiler reports better, and no dependency has to be compiled for it first.
func Load(ctx context.Context, cfg LoadConfig) (*Package, error) {
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, err
	}
	cfg.Dir = dir
	base := cfg.Base
	if base == "" {
		base = dir
	}
	c := &collector{dir: base, fset: token.NewFileSet()}
	m, err := FindModule(dir)
	if err != nil {
		return nil, err
	}
	m.checkGo(c, cfg.GoVersion)
	if err := c.err(); err != nil {
		return nil, err
	}
	l, err := cfg.list(ctx)
	if err != nil {
		return nil, err
	}
	p := &Package{
		Name:       l.Name,
		ImportPath: l.ImportPath,
		Dir:        l.Dir,
		ModulePath: m.Path,
		ModuleDir:  m.Dir,
		GoVersion:  m.GoVersion,
		base:       base,
	}
	files := c.parse(l, cfg.Files)
	if err := c.err(); err != nil {
		return nil, err
	}
	p.JSON = slices.ContainsFunc(files, func(f *ast.File) bool { return imports(f, "encoding/json") })
	p.Time = slices.ContainsFunc(files, func(f *ast.File) bool { return imports(f, "time") || imports(f, "database/sql") })
	c.checkName(p, files)
	if err := c.collect(ctx, p, files); err != nil {
		return nil, err
	}
	p.Control = c.readControl(p, synopsis(files))
	c.checkTrusted(p)
	if err := c.err(); err != nil {
		return nil, err
	}
	_, err = p.script()
	if list := (Errors)(nil); errors.As(err, &list) {
		return nil, list
	} else if err != nil {
		return nil, fmt.Errorf("writing the script of %s: %w", p.Name, err)
	}
	return p, nil
}

func imports(f *ast.File, path string) bool {
	return slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == strconv.Quote(path) })
}

// maxSource is how much source a package may have: it is parsed in this process, which
// has no limits as the compiler has them.
const maxSource = 32 << 20

// parse parses the package's files and reports syntax errors and cgo.
func (c *collector) parse(l *listed, elsewhere map[string]string) []*ast.File {
	names := slices.Concat(l.GoFiles, l.CgoFiles)
	slices.Sort(names)
	var files []*ast.File
	budget := int64(maxSource)
	for _, name := range names {
		dir, base := l.Dir, name
		if path := elsewhere[filepath.Join(l.Dir, name)]; path != "" {
			dir, base = filepath.Split(path)
		}
		data, err := regular.Read(dir, base, budget)
		if refused := (*regular.Error)(nil); errors.As(err, &refused) {
			c.addAt(token.Position{Filename: filepath.Join(l.Dir, name), Line: 1, Column: 1},
				"too much source: a package may have %d MB, in ordinary files", maxSource>>20)
			return files
		}
		var f *ast.File
		if err == nil {
			budget -= int64(len(data))
			f, err = parser.ParseFile(c.fset, filepath.Join(l.Dir, name), data,
				parser.ParseComments) // resolved objects: for the sizes of constants
		}
		if list := (scanner.ErrorList)(nil); errors.As(err, &list) {
			for _, e := range list {
				c.addAt(e.Pos, "%s%s", e.Msg, source.NewerLanguage(l.Module.GoVersion))
			}
			continue
		} else if err != nil {
			c.addAt(token.Position{}, "%v", err)
			continue
		}
		for _, i := range f.Imports {
			if i.Path.Value == `"C"` {
				c.addf(i.Path.Pos(), `import "C" is not possible: an extension is Go alone; call Go libraries instead`)
			}
		}
		files = append(files, f)
	}
	return files
}

func (c *collector) checkName(p *Package, files []*ast.File) {
	at := files[0].Name.Pos()
	if p.Name == "main" {
		c.addf(at, "package main cannot be an extension; give the package the extension's name, and leave main out")
		return
	}
	if p.Name == "pgstd" {
		c.addf(at, "pgstd is the extension that is installed beside every other; give the package another name")
		return
	}
	if err := checkIdentifier(p.Name); err != nil {
		c.addf(at, "the package name is the extension's name: %v", err)
	}
}

// check type-checks the package's declarations. The type checker cannot be
// interrupted: if the context ends before it does, it is left behind.
func (c *collector) check(ctx context.Context, p *Package, files []*ast.File) (*types.Info, error) {
	if big := source.BigConstants(files...); big != nil {
		for _, e := range big {
			c.addf(e.Pos(), "a string constant of more than 64 MB")
		}
		return nil, c.err()
	}
	info := &types.Info{
		Defs:  map[*ast.Ident]types.Object{},
		Types: map[ast.Expr]types.TypeAndValue{},
	}
	conf := types.Config{
		IgnoreFuncBodies: true,
		Importer:         knownImporter{},
		// Errors are dropped: most come from the imports not being there, the
		// rest the compiler will find again.
		Error: func(error) {},
	}
	if p.GoVersion != "" {
		conf.GoVersion = "go" + p.GoVersion
	}
	done := make(chan struct{})
	go func() {
		c.pkg, _ = conf.Check(p.ImportPath, c.fset, files, info)
		close(done)
	}()
	select {
	case <-done:
		return info, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// collect finds the functions and reports misplaced directives.
func (c *collector) collect(ctx context.Context, p *Package, files []*ast.File) error {
	info, err := c.check(ctx, p, files)
	if err != nil {
		return err
	}
	c.above = declarations(files)
	typeLines := map[*ast.Comment]bool{}
	specs := c.typeSpecs(files, info, typeLines)
	before := len(c.errs)
	p.Blocks = append(c.sqlBlocks(files, info, typeLines), c.sqlFiles(p)...)
	readable := len(c.errs) == before
	p.Upgrades = c.upgrades(p)
	c.types = c.resolver(specs)
	maps.Copy(c.types.Named, c.baseTypes(p, files, info, typeLines))
	c.ownDomains(p, specs)
	p.Types = c.createdTypes(specs, c.types, info)
	c.ranges(p, files, typeLines)
	c.operatorClasses(p, files, info, typeLines)
	c.aggregates(p, files, info, typeLines)
	c.parameters(p, files, info, typeLines)
	c.workers(p, files, info, typeLines)
	byKey := map[string]token.Position{}
	found := false
	for _, f := range files {
		used := maps.Clone(typeLines)
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Doc == nil {
				continue
			}
			d, ok := c.functionDirective(fn, used)
			if !ok {
				continue
			}
			found = true
			function, ok := c.function(fn, d, info)
			if !ok {
				continue
			}
			if first, dup := byKey[function.key()]; dup {
				c.addf(fn.Name.Pos(), "SQL function %s is already made at %s; give one of them another name with name=, or other arguments",
					function.key(), c.shown(first))
				continue
			}
			byKey[function.key()] = function.Pos
			function.Index = len(p.Functions)
			p.Functions = append(p.Functions, function)
		}
		for _, group := range f.Comments {
			for _, line := range group.List {
				if isDirective(line) && !used[line] {
					found = true
					c.misplaced(line)
				}
			}
		}
	}
	c.addBaseTypes(p, byKey)
	c.addAggregates(p, byKey)
	c.addOperatorClasses(p, byKey)
	c.planners(p, files, info, byKey)
	c.checkRanges(p)
	if readable {
		c.checkNames(p, files)
	}
	found = found || len(p.Aggregates)+len(p.BaseTypes)+len(p.Classes)+len(p.Workers) > 0
	// Where something else is wrong, that is why there is none.
	if !found && c.err() == nil {
		c.addf(files[0].Name.Pos(), "package %s offers no function to SQL; put %s above an exported function", p.Name, directiveName)
	}
	for i := range p.Functions {
		p.Functions[i].settles = p.tells() != ""
	}
	p.symbols()
	return nil
}

// misplaced reports a directive that stands where nothing reads it.
func (c *collector) misplaced(line *ast.Comment) {
	name := directiveOf(line)
	if k, known := kindOf(name); known {
		c.addf(line.Slash, "misplaced directive; %s stands in the comment %s", name, k.above)
		return
	}
	c.unknown(line)
}

// functionDirective returns the directive in a function's doc comment.
func (c *collector) functionDirective(fn *ast.FuncDecl, used map[*ast.Comment]bool) (d directive, ok bool) {
	var args, results []*argDirective
	var others []*ast.Comment
	for _, line := range fn.Doc.List {
		if isMisspelt(line) {
			c.addf(line.Slash, "a directive has no blank after //; write //%s", strings.Fields(line.Text[2:])[0])
			continue
		}
		if !isDirective(line) || used[line] { // an aggregate's, of which this is a method
			continue
		}
		used[line] = true
		switch directiveOf(line) {
		case argName:
			if a, good := c.parseArgument(line); good {
				args = append(args, &a)
			}
			continue
		case resultName:
			if a, good := c.parseArgument(line); good {
				results = append(results, &a)
			}
			continue
		case operatorName, castName, grantName, commentName:
			others = append(others, line)
			continue
		}
		next, good := c.parseDirective(line)
		switch {
		case !good:
		case ok:
			c.addf(line.Slash, "%s has a directive already; write all words in one", fn.Name.Name)
		default:
			d, ok = next, true
		}
	}
	if ok {
		c.attributes(&d, others)
	}
	d.args, d.results = args, results
	for _, a := range append(args, results...) {
		others = append(others, a.line)
	}
	if !ok && len(others) > 0 {
		c.addf(others[0].Slash, "misplaced directive; it goes with %s or %s above an exported function", directiveName, procedureName)
	}
	return d, ok
}

// attributes reads the directives that go with a function's.
func (c *collector) attributes(d *directive, lines []*ast.Comment) {
	for _, line := range lines {
		name := directiveOf(line)
		k, _ := kindOf(name)
		switch {
		case name == operatorName:
			d.operators = append(d.operators, c.readWords(line, k))
		case name == castName:
			d.casts = append(d.casts, c.readWords(line, k))
		case name == grantName && d.grant != nil, name == commentName && d.comment != nil:
			c.addf(line.Slash, "%s stands there already; write one", name)
		case name == grantName:
			d.grant = c.parseGrant(line)
		default:
			d.comment = c.parseComment(line)
		}
	}
}

// synopsis returns the first sentence of the package's doc comment.
func synopsis(files []*ast.File) string {
	for _, f := range files {
		if f.Doc != nil {
			return new(doc.Package).Synopsis(f.Doc.Text())
		}
	}
	return ""
}
