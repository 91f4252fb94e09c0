package extension

import (
	"errors"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/regular"
	"github.com/pgstd/pgstd/internal/sqltext"
)

const sqlName = "//pg:sql"

// Block is SQL of the author's own that the script takes in as it is: a constant with a
// //pg:sql directive, or a file of the folder sql.
type Block struct {
	Name     string // by which others name it
	Text     string
	Requires []string // names of what has to come before it
	Before   []string // names of what has to come after it
	Pos      token.Position

	statements []sqltext.Statement
	line       func(n int) token.Position // where a line of the text is in the source; from 1
}

// at is where a mistake on a line of the text is: where the statement begins that the line is in.
func (b *Block) at(line int) token.Position {
	for _, s := range slices.Backward(b.statements) {
		if s.Line <= line {
			return b.line(s.Line)
		}
	}
	return b.Pos
}

var sqlWords = []wordKind{
	{key: "name", form: "NAME", check: checkIdentifier},
	{key: "requires", slot: "requires", form: "NAME,NAME", check: nil},
	{key: "after", slot: "requires", form: "NAME,NAME", check: nil},
	{key: "before", form: "NAME,NAME", check: nil},
}

// names splits a list of names.
func nameList(value string) []string {
	var list []string
	for _, n := range strings.Split(value, ",") {
		if n = strings.TrimSpace(n); n != "" {
			list = append(list, n)
		}
	}
	return list
}

// sqlBlocks finds the constants that are SQL.
func (c *collector) sqlBlocks(files []*ast.File, info *types.Info, used map[*ast.Comment]bool) []Block {
	var blocks []Block
	for s, doc := range documented(files, token.CONST) {
		for _, line := range doc.List {
			if directiveOf(line) == sqlName {
				used[line] = true
				if b, ok := c.constantBlock(s.(*ast.ValueSpec), line, info); ok {
					blocks = append(blocks, b)
				}
			}
		}
	}
	return blocks
}

func (c *collector) constantBlock(spec *ast.ValueSpec, line *ast.Comment, info *types.Info) (b Block, ok bool) {
	kind, _ := kindOf(sqlName)
	g := c.readWords(line, kind)
	if len(spec.Names) != 1 {
		c.addf(line.Slash, "%s stands above one constant, not %d", sqlName, len(spec.Names))
		return b, false
	}
	value, _ := info.Defs[spec.Names[0]].(*types.Const)
	if value == nil || value.Val().Kind() != constant.String {
		c.addf(spec.Names[0].Pos(), "%s is no text; %s stands above a constant that is one", spec.Names[0].Name, sqlName)
		return b, false
	}
	b = Block{
		Name:     g.value("name"),
		Requires: nameList(g.value("requires")),
		Before:   nameList(g.value("before")),
		Pos:      c.fset.PositionFor(spec.Names[0].Pos(), false),
	}
	if b.Name == "" {
		b.Name = spec.Names[0].Name
	}
	b.line = func(n int) token.Position {
		if len(spec.Values) == 0 { // it repeats the one above
			return b.Pos
		}
		at, _ := c.lineOf(spec.Values[0], info, n)
		return at
	}
	return b, c.ownSQL(&b, constant.StringVal(value.Val()))
}

// lineOf finds where a line of a constant text is in the source; more is how many lines further
// it is, if the text ends before. Only a raw text has its lines in the source.
func (c *collector) lineOf(e ast.Expr, info *types.Info, line int) (at token.Position, more int) {
	if sum, ok := ast.Unparen(e).(*ast.BinaryExpr); ok && sum.Op == token.ADD {
		if at, line = c.lineOf(sum.X, info, line); line == 0 {
			return at, 0
		}
		return c.lineOf(sum.Y, info, line)
	}
	at = c.fset.PositionFor(ast.Unparen(e).Pos(), false)
	value := info.Types[e].Value
	if value == nil || value.Kind() != constant.String {
		return at, 0
	}
	inside := strings.Count(constant.StringVal(value), "\n")
	if line-1 > inside {
		return at, line - inside
	}
	if raw, ok := ast.Unparen(e).(*ast.BasicLit); ok && raw.Value[0] == '`' && line > 1 {
		at.Line, at.Column = at.Line+line-1, 0
	}
	return at, 0
}

// ownSQL takes the SQL of a block in.
func (c *collector) ownSQL(b *Block, text string) bool {
	var err error
	if b.Text, b.statements, err = sqltext.Own(text); err != nil {
		at := b.Pos
		if wrong := (*sqltext.LineError)(nil); errors.As(err, &wrong) {
			at, err = b.line(wrong.Line), wrong.Err
		}
		c.addAt(at, "the SQL of %s: %v", b.Name, err)
	}
	return err == nil
}

// sqlFolder is where files with SQL are that come into the script, and testOutput where the
// results of those are that are tests.
const (
	sqlFolder  = "sql"
	testOutput = "expected"
)

// sqlFiles reads the files sql/*.sql beside the source, in the order of their names. A file
// that has a result in the folder expected is a test, and no part of the script.
func (c *collector) sqlFiles(p *Package) []Block {
	entries, err := os.ReadDir(filepath.Join(p.Dir, sqlFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		c.addAt(token.Position{}, "cannot read the folder of SQL: %v", err)
		return nil
	}
	var blocks []Block
	budget := int64(maxSource)
	for _, e := range entries {
		name, isSQL := strings.CutSuffix(e.Name(), ".sql")
		if !isSQL || isTest(p.Dir, name) {
			continue
		}
		path := filepath.Join(sqlFolder, e.Name())
		b := Block{Name: path, Pos: token.Position{Filename: filepath.Join(p.Dir, path), Line: 1, Column: 1}}
		b.line = func(n int) token.Position { return token.Position{Filename: b.Pos.Filename, Line: n} }
		data, err := regular.Read(p.Dir, path, budget)
		if err != nil {
			c.addAt(b.Pos, "cannot read it: %v", err)
			continue
		}
		budget -= int64(len(data))
		text := strings.TrimPrefix(string(data), "\ufeff")
		if c.fileWords(&b, text) && c.ownSQL(&b, text) {
			blocks = append(blocks, b)
		}
	}
	return blocks
}

// isTest reports whether a file of the folder sql is a test.
func isTest(dir, name string) bool {
	_, err := os.Lstat(filepath.Join(dir, testOutput, name+".out"))
	return err == nil
}

// fileDirective begins the line of a file that says what its place in the script is.
const fileDirective = "--pg:sql"

// fileWords reads a line such as
//
//	--pg:sql name=tables before=Audit
//
// of which a file may have one, at its beginning.
func (c *collector) fileWords(b *Block, text string) bool {
	first, _, _ := strings.Cut(text, "\n")
	if !strings.HasPrefix(first, fileDirective) {
		return true
	}
	before := len(c.errs)
	kind, _ := kindOf(sqlName)
	at := collector{dir: c.dir, fset: token.NewFileSet()}
	at.fset.AddFile(b.Pos.Filename, 1, len(first)+2)
	g := at.readWords(&ast.Comment{Slash: 1, Text: strings.TrimRight(first, "\r")}, kind)
	c.errs = append(c.errs, at.errs...)
	b.Requires, b.Before = nameList(g.value("requires")), nameList(g.value("before"))
	if g.has("name") {
		b.Name = g.value("name")
	}
	return len(c.errs) == before
}

var (
	plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	givenName = regexp.MustCompile(`\bname=([^\s"]+)`)
)

// checkNames reports names in requires= and before= that are nothing's, when other mistakes are in the
// way of the script, whose order tells it else. What has a mistake itself is known, too; no block has one.
func (c *collector) checkNames(p *Package, files []*ast.File) {
	if c.err() == nil {
		return
	}
	known := map[string]bool{}
	for _, name := range c.pkg.Scope().Names() {
		known[name], known[snakeCase(name)] = true, true
	}
	for _, f := range files {
		for _, group := range f.Comments {
			for _, line := range group.List {
				for _, given := range givenName.FindAllStringSubmatch(line.Text, -1) {
					known[given[1]] = true
				}
			}
		}
	}
	for i := range p.Blocks {
		known[p.Blocks[i].Name] = true
		for _, made := range p.Blocks[i].creates() {
			known[made] = true
		}
	}
	for i := range p.Blocks {
		b := &p.Blocks[i]
		for _, name := range slices.Concat(b.Requires, b.Before) {
			if plainName.MatchString(name) && !known[name] {
				c.addAt(b.Pos, "sql %s names %s, which is no function, type or SQL of the extension", b.Name, name)
			}
		}
	}
}

// creates lists what the block's statements make.
func (b *Block) creates() []string {
	var list []string
	for _, s := range b.statements {
		if s.Creates != "" {
			list = append(list, s.Creates)
		}
	}
	return list
}

// mentions lists all names in the block's statements.
func (b *Block) mentions() []string {
	var list []string
	for _, s := range b.statements {
		list = append(list, s.Names...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Upgrade is a script that brings one version of the extension to another.
type Upgrade struct {
	Name string // NAME--OLD--NEW.sql
	Text []byte
}

// upgrades reads the upgrade scripts beside the source: they ship as they are.
func (c *collector) upgrades(p *Package) []Upgrade {
	entries, err := os.ReadDir(p.Dir)
	if err != nil {
		c.addAt(token.Position{}, "cannot read the folder: %v", err)
		return nil
	}
	var list []Upgrade
	budget := int64(maxSource)
	for _, e := range entries {
		versions, ok := strings.CutPrefix(e.Name(), p.Name+"--")
		versions, isSQL := strings.CutSuffix(versions, ".sql")
		from, to, two := strings.Cut(versions, "--")
		if !ok || !isSQL || !two {
			continue
		}
		at := token.Position{Filename: filepath.Join(p.Dir, e.Name()), Line: 1, Column: 1}
		if !isVersion(from) || !isVersion(to) || from == to {
			c.addAt(at, "the name is no upgrade's, which is %s--OLD--NEW.sql", p.Name)
			continue
		}
		data, err := regular.Read(p.Dir, e.Name(), budget)
		if err == nil {
			budget -= int64(len(data))
			_, err = sqltext.Statements(string(data))
		}
		if wrong := (*sqltext.LineError)(nil); errors.As(err, &wrong) {
			at, err = token.Position{Filename: at.Filename, Line: wrong.Line}, wrong.Err
		}
		if err != nil {
			c.addAt(at, "the upgrade from %s to %s: %v", from, to, err)
			continue
		}
		list = append(list, Upgrade{Name: e.Name(), Text: data})
	}
	return list
}
