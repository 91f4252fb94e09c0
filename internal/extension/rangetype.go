package extension

import (
	"go/ast"
	"go/token"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
	"github.com/pgstd/pgstd/internal/sqltext"
)

const (
	rangeName  = "//pg:range"
	aboveRange = "right above an exported type that has a directive for SQL"
)

var rangeWords = []wordKind{
	{key: "name", form: "NAME", check: checkIdentifier},
	{key: "multirange", form: "NAME", check: checkIdentifier},
	{key: "diff", form: "FUNCTION"},
	{key: "collate", form: "NAME", check: typeWord},
}

// Range is a range type over a type of the package, and the multirange type that comes with it.
type Range struct {
	SQLName    string
	Subtype    string // in SQL
	GoSubtype  string
	Multirange string // empty for PostgreSQL's choice
	Diff       string // a Go function that says how far two values are apart; empty for none
	Collate    string
	Pos        token.Position
}

// ranges finds the range types of a package, when its types are known.
func (c *collector) ranges(p *Package, files []*ast.File, used map[*ast.Comment]bool) {
	kind, _ := kindOf(rangeName)
	for s, doc := range documented(files, token.TYPE) {
		spec := s.(*ast.TypeSpec)
		for _, line := range doc.List {
			if directiveOf(line) != rangeName {
				continue
			}
			used[line] = true
			before := len(c.errs)
			g := c.readWords(line, kind)
			r := &Range{
				SQLName: g.value("name"), GoSubtype: spec.Name.Name, Multirange: g.value("multirange"), Diff: g.value("diff"),
				Collate: g.value("collate"), Pos: c.fset.PositionFor(line.Slash, false),
			}
			if r.SQLName == "" {
				r.SQLName = p.typeName(spec.Name.Name) + "_range"
				if err := checkIdentifier(r.SQLName); err != nil {
					c.addf(line.Slash, "%v; set another one with name=", err)
				}
			}
			if pgtypes.Builtin(r.SQLName) {
				c.addf(line.Slash, "type %s is PostgreSQL's own; give this one another name with name=", r.SQLName)
			}
			for object, t := range c.types.Named {
				if object.Name() == spec.Name.Name {
					r.Subtype = t.SQL
				}
			}
			switch {
			case r.Subtype == "":
				c.addf(line.Slash, "%s is no type in SQL, which a range is of; add //pg:basetype, //pg:domain, //pg:enum, //pg:composite or %s", spec.Name.Name, typeName)
			case !c.ordered(p, spec.Name.Name):
				c.addf(line.Slash, "%s has no order, which a range needs; add Compare(%s) int", spec.Name.Name, spec.Name.Name)
			}
			if len(c.errs) == before {
				p.Ranges = append(p.Ranges, r)
			}
		}
	}
}

// typeName is what a type of the package is called in SQL, if the script creates it, and else the Go name in snake case.
func (p *Package) typeName(goName string) string {
	for _, b := range p.BaseTypes {
		if b.GoName == goName {
			return b.SQLName
		}
	}
	for _, t := range p.Types {
		if t.GoName == goName {
			return t.Name
		}
	}
	return snakeCase(goName)
}

// ordered reports whether values of a type can be compared, as far as the package says.
func (c *collector) ordered(p *Package, name string) bool {
	for _, b := range p.BaseTypes {
		if b.GoName == name {
			return b.Ordered
		}
	}
	return true
}

// checkRanges looks for the functions that ranges name, when all are known.
func (c *collector) checkRanges(p *Package) {
	for _, r := range p.Ranges {
		if r.Diff == "" {
			continue
		}
		f := r.diff(p)
		if f == nil || len(f.Args) != 2 || f.Args[0].Type.SQL != r.Subtype || f.Args[1].Type.SQL != r.Subtype ||
			len(f.Results) != 1 || f.Results[0].Type.SQL != "double precision" {
			c.addAt(r.Pos, "diff=%s is no function with %s that takes two of %s and returns a float64", r.Diff, directiveName, r.GoSubtype)
		}
	}
}

func (r *Range) diff(p *Package) *Function {
	for i := range p.Functions {
		if p.Functions[i].GoName == r.Diff {
			return &p.Functions[i]
		}
	}
	return nil
}

// part is the range type's in the script. It stands after what its subtype is compared with.
func (r *Range) part(p *Package) Part {
	part := Part{Kind: "type", Name: r.SQLName, Pos: r.Pos, rank: rankType, names: []string{r.SQLName}, types: []string{bare(r.Subtype)}}
	for _, b := range p.BaseTypes {
		if b.GoName == r.GoSubtype {
			part.after = append(part.after, b.SQLName+"_ops")
		}
	}
	if r.Diff != "" {
		part.after = append(part.after, r.Diff)
	}
	return part
}

func (r *Range) writeSQL(s *sqltext.Script, p *Package) {
	parts := []string{"SUBTYPE = " + s.Type(r.Subtype)}
	if r.Collate != "" {
		parts = append(parts, "COLLATION = "+s.Type(r.Collate))
	}
	if f := r.diff(p); f != nil {
		parts = append(parts, "SUBTYPE_DIFF = "+s.Name(f.SQLName))
	}
	if r.Multirange != "" {
		parts = append(parts, "MULTIRANGE_TYPE_NAME = "+s.Name(r.Multirange))
	}
	s.Raw("\nCREATE TYPE %s AS RANGE (\n\t%s\n);\n", s.Name(r.SQLName), strings.Join(parts, ",\n\t"))
}
