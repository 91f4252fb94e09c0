package extension

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"math"
	"strings"
	"time"

	"github.com/pgstd/pgstd/pg/pgabi"
)

const (
	workerName  = "//pg:worker"
	aboveWorker = "right above an exported func(ctx context.Context, w *pg.Worker) error"
	// defaultRestart is after how many seconds a worker begins anew that has failed.
	defaultRestart = 10
	// maxWorkerName is how long the name can be: the host passes it on with an argument.
	maxWorkerName = 40
)

var workerWords = []wordKind{
	{key: "name", form: "NAME", check: checkIdentifier},
	{key: "database", form: "NAME", check: checkObjectName},
	{key: "role", form: "NAME", check: checkObjectName},
	{key: "restart", form: "DURATION|never", check: checkRestart},
}

// checkObjectName takes the name of a database or a role, which may be any.
func checkObjectName(v string) error {
	if v == "" || len(v) > maxIdentifier || strings.ContainsRune(v, 0) {
		return wordError(fmt.Sprintf("a name has from 1 to %d bytes", maxIdentifier))
	}
	return nil
}

func checkRestart(v string) error {
	if v == "never" {
		return nil
	}
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 || d%time.Second != 0 || d/time.Second > math.MaxInt32/1000 {
		return wordError("restart= is whole seconds, such as 10s or 5m, or never")
	}
	return nil
}

// Worker is a background worker.
type Worker struct {
	GoName         string
	Name           string
	Database, Role string
	Restart        int // in seconds; -1 for never
	Pos            token.Position
}

// workers finds the background workers of a package.
func (c *collector) workers(p *Package, files []*ast.File, info *types.Info, used map[*ast.Comment]bool) {
	taken := map[string]token.Position{}
	settings := map[string]token.Position{}
	for _, v := range p.Parameters {
		settings[v.Name] = v.Pos
	}
	for _, f := range files {
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Doc == nil {
				continue
			}
			line := c.workerLine(fn, used)
			if line == nil {
				continue
			}
			w := c.worker(fn, line, info)
			if first, dup := taken[w.Name]; dup {
				c.addf(fn.Name.Pos(), "worker %s is already made at %s; give one of them another name with name=", w.Name, c.shown(first))
				continue
			}
			for _, last := range []string{"_database", "_role"} {
				if at, dup := settings[p.Name+"."+w.Name+last]; dup {
					c.addf(fn.Name.Pos(), "worker %s has a setting %s, which is already made at %s; give one of them another name with name=", w.Name, w.Name+last, c.shown(at))
				}
			}
			taken[w.Name] = w.Pos
			p.Workers = append(p.Workers, w)
		}
	}
}

// workerLine returns the directive above a function, if it is a worker's; nothing else stands there.
func (c *collector) workerLine(fn *ast.FuncDecl, used map[*ast.Comment]bool) *ast.Comment {
	var line *ast.Comment
	for _, l := range fn.Doc.List {
		if directiveOf(l) != workerName {
			continue
		}
		used[l] = true
		if line != nil {
			c.addf(l.Slash, "%s has a directive already; write all words in one", fn.Name.Name)
		}
		line = l
	}
	if line == nil {
		return nil
	}
	for _, l := range fn.Doc.List {
		if isDirective(l) && !used[l] {
			used[l] = true
			c.addf(l.Slash, "%s is a worker, which SQL does not call; %s goes with no other directive", fn.Name.Name, workerName)
		}
	}
	return line
}

func (c *collector) worker(fn *ast.FuncDecl, line *ast.Comment, info *types.Info) *Worker {
	kind, _ := kindOf(workerName)
	g := c.readWords(line, kind)
	w := &Worker{
		GoName: fn.Name.Name, Name: g.value("name"), Database: g.value("database"), Role: g.value("role"),
		Restart: defaultRestart, Pos: c.fset.PositionFor(fn.Name.Pos(), false),
	}
	if w.Name == "" {
		w.Name = snakeCase(w.GoName)
	}
	switch v := g.value("restart"); v {
	case "":
	case "never":
		w.Restart = -1
	default:
		d, _ := time.ParseDuration(v)
		w.Restart = int(d / time.Second)
	}
	switch {
	case fn.Recv != nil:
		c.addf(fn.Name.Pos(), "%s is a method; %s stands above a plain function", w.GoName, workerName)
	case !isWorker(fn, info):
		c.addf(fn.Name.Pos(), "%s is no worker; write func %s(ctx context.Context, w *pg.Worker) error", w.GoName, w.GoName)
	case !fn.Name.IsExported():
		c.addf(fn.Name.Pos(), "%s is not exported; start its name with an upper case letter", w.GoName)
	case len(w.Name) > maxWorkerName:
		c.addf(fn.Name.Pos(), "the name %s of the worker has more than %d bytes; set a shorter one with name=", w.Name, maxWorkerName)
	case w.Database == "" && w.Role != "":
		c.addf(g.at("role"), "role= is for a worker that the server starts, which has a database=; one that pg.StartWorker starts has the rights of who does")
	}
	return w
}

// isWorker reports whether a function is a func(context.Context, *pg.Worker) error.
func isWorker(fn *ast.FuncDecl, info *types.Info) bool {
	f := fn.Type
	if fn.Body == nil || f.TypeParams != nil || f.Results.NumFields() != 1 || f.Params.NumFields() != 2 || !isError(info.TypeOf(f.Results.List[0].Type)) {
		return false
	}
	p := f.Params.List
	first, _ := named(info.TypeOf(p[0].Type))
	pointer, ok := info.TypeOf(p[len(p)-1].Type).(*types.Pointer)
	if !ok || len(p) != 2 {
		return false
	}
	second, _ := named(pointer.Elem())
	return first == "context.Context" && second == pgPath+".Worker"
}

// writeTable writes its row of the table of functions, which is for the host alone.
func (w *Worker) writeTable(b *bytes.Buffer) {
	fmt.Fprintf(b, "\t{Name: %q, Signature: %s, Call: wrapworker%s},\n", "worker "+w.Name, literal(string([]byte{pgabi.Void, pgabi.Text})), w.GoName)
}

func (w *Worker) writeWrapper(b *bytes.Buffer, settles bool) {
	settle := ""
	if settles {
		settle = "\tsettle()\n"
	}
	fmt.Fprintf(b, "\nfunc wrapworker%[1]s(args, result *pgabi.Slot) {\n%[2]s\twork.Run(args, result, author.%[1]s)\n}\n", w.GoName, settle)
}
