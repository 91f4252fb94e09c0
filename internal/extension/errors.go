package extension

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

// Error is one mistake in an author's package.
type Error struct {
	Pos token.Position // without a file if the mistake has no place
	Msg string
}

func (e Error) Error() string {
	if e.Pos.Filename == "" {
		return e.Msg
	}
	return e.Pos.String() + ": " + e.Msg
}

// Errors are all mistakes found, sorted by position.
type Errors []Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i := range e {
		lines[i] = e[i].Error()
	}
	return strings.Join(lines, "\n")
}

// collector gathers mistakes, with file names relative to dir where that is
// shorter, as the go command prints them.
type collector struct {
	dir  string
	fset *token.FileSet
	errs Errors
	// types finds the SQL types of the package's Go types.
	types *pgtypes.Resolver
	pkg   *types.Package // the author's
	// domains are the names of those that the package makes.
	domains map[string]bool
	above   map[*ast.Comment]string // what lines of comments stand above
	// told are the structs whose fields have mistakes, which have been said.
	told map[*types.TypeName]bool
	// wantedPlanners are the functions that support=, restrict= and join= name.
	wantedPlanners []wantedPlanner
}

func (c *collector) addf(pos token.Pos, format string, args ...any) {
	// Unadjusted: a //line directive must not move a mistake elsewhere.
	c.addAt(c.fset.PositionFor(pos, false), format, args...)
}

func (c *collector) addAt(pos token.Position, format string, args ...any) {
	c.errs = append(c.errs, Error{Pos: c.shown(pos), Msg: fmt.Sprintf(format, args...)})
}

// unsupported says why a type cannot be passed: of a struct's fields, each where it stands, and once.
func (c *collector) unsupported(pos token.Pos, what string, err error) {
	fields, ok := errors.AsType[*pgtypes.FieldErrors](err)
	if !ok {
		c.addf(pos, "%s%v", what, err)
		return
	}
	if c.told[fields.Of] {
		return
	}
	if c.told == nil {
		c.told = map[*types.TypeName]bool{}
	}
	c.told[fields.Of] = true
	for _, f := range fields.List {
		c.unsupported(f.Pos, "", f.Err)
	}
}

// shortType writes a type as the author does.
func (c *collector) shortType(t types.Type) string {
	return types.TypeString(t, types.RelativeTo(c.pkg))
}

func (c *collector) relative(name string) string { return relative(c.dir, name) }

// relative returns a file's name relative to a folder where that is shorter.
func relative(dir, name string) string {
	if name == "" || !filepath.IsAbs(name) {
		return name
	}
	rel, err := filepath.Rel(dir, name)
	if err != nil || len(rel) >= len(name) {
		return name
	}
	if !strings.HasPrefix(rel, "..") {
		rel = "." + string(filepath.Separator) + rel
	}
	return rel
}

// shown is a position with its file's name as it is in messages.
func (c *collector) shown(pos token.Position) token.Position {
	pos.Filename = c.relative(pos.Filename)
	return pos
}

// position names a place inside a message.
func (c *collector) position(pos token.Pos) string {
	return c.shown(c.fset.PositionFor(pos, false)).String()
}

func (c *collector) err() error {
	if len(c.errs) == 0 {
		return nil
	}
	slices.SortStableFunc(c.errs, func(a, b Error) int {
		return cmp.Or(
			cmp.Compare(a.Pos.Filename, b.Pos.Filename),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
		)
	})
	c.errs = slices.Compact(c.errs)
	return c.errs
}
