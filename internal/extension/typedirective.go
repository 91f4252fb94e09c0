package extension

import (
	"cmp"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
	"github.com/pgstd/pgstd/internal/sqltext"
)

const (
	typeName      = "//pg:type"
	compositeName = "//pg:composite"
	enumName      = "//pg:enum"
	domainName    = "//pg:domain"
)

var domainWords = []wordKind{
	{key: "name", form: "NAME", check: checkIdentifier},
	{key: "base", form: "TYPE", check: typeWord},
	{key: "check", form: `"EXPRESSION"`, check: expressionWord},
	{key: "default", form: `"EXPRESSION"`, check: expressionWord},
	{key: "collate", form: "NAME", check: typeWord},
	{key: "notnull"},
}

// expressionWord takes an expression in SQL.
func expressionWord(v string) error {
	_, err := sqltext.Expression(v)
	return err
}

// SQLType is an SQL type that the script creates.
type SQLType struct {
	Name    string
	GoName  string
	Columns []pgtypes.Field // of a composite type
	Labels  []string        // of an enum
	Base    string          // of a domain, an SQL type
	Check   string          // of a domain, an SQL expression, as the next; empty for none
	Default string
	Collate string
	NotNull bool
	Doc     string
	Pos     token.Position
}

// typeSpec is a type of the author's that has a directive.
type typeSpec struct {
	directive string
	spec      *ast.TypeSpec
	object    *types.TypeName
	sql       string
	doc       string
	words     givenWords
	faulty    bool // it has a mistake, which is said already
}

// typeSpecs finds the directives above types.
func (c *collector) typeSpecs(files []*ast.File, info *types.Info, used map[*ast.Comment]bool) []typeSpec {
	var specs []typeSpec
	for s, doc := range documented(files, token.TYPE) {
		t, ok := c.typeSpec(s.(*ast.TypeSpec), doc, info, used)
		t.faulty = !ok
		if t.object != nil {
			specs = append(specs, t)
		}
	}
	return specs
}

func (c *collector) typeSpec(spec *ast.TypeSpec, doc *ast.CommentGroup, info *types.Info, used map[*ast.Comment]bool) (t typeSpec, ok bool) {
	var comment *string
	is := false // something in SQL, by a directive
	for _, line := range doc.List {
		if !isDirective(line) {
			continue
		}
		name := directiveOf(line)
		if name == commentName {
			used[line] = true
			comment = c.parseComment(line)
			continue
		}
		if k, _ := kindOf(name); k.above != aboveType && name != baseTypeName {
			continue
		}
		if is {
			used[line] = true
			c.addf(line.Slash, "%s has a directive already; leave one out", spec.Name.Name)
			continue
		}
		is = true
		if name == baseTypeName { // which baseTypes reads
			continue
		}
		used[line] = true
		t = typeSpec{directive: name, spec: spec, doc: strings.TrimSpace(doc.Text())}
		t.object, _ = info.Defs[spec.Name].(*types.TypeName)
		t.sql, ok = c.typeSQL(&t, line)
	}
	if !ok || t.object == nil {
		return t, false
	}
	if comment != nil {
		t.doc = *comment
	}
	switch {
	case spec.TypeParams != nil:
		c.addf(spec.Name.Pos(), "%s is generic; define a type of its own for SQL", spec.Name.Name)
	case spec.Assign.IsValid():
		c.addf(spec.Name.Pos(), "%s is an alias; define a type: type %s …", spec.Name.Name, spec.Name.Name)
	case !spec.Name.IsExported():
		c.addf(spec.Name.Pos(), "%s is not exported; start its name with an upper case letter", spec.Name.Name)
	default:
		return t, true
	}
	return t, false
}

// typeSQL reads the name of the SQL type, and what else a directive says.
func (c *collector) typeSQL(t *typeSpec, line *ast.Comment) (string, bool) {
	at := line.Slash
	if t.directive == typeName {
		name, err := sqltext.Type(strings.TrimSpace(line.Text[len(typeName):]))
		if err != nil {
			c.addf(at, "%s needs the name of an SQL type, such as jsonb or app.mood: %v", typeName, err)
		}
		return name, err == nil
	}
	before := len(c.errs)
	kind, _ := kindOf(t.directive)
	t.words = c.readWords(line, kind)
	name := t.words.value("name")
	if name == "" {
		name = snakeCase(t.spec.Name.Name)
		if err := checkIdentifier(name); err != nil {
			c.addf(at, "%v; set another one with name=", err)
		}
	}
	if t.directive == domainName && !t.words.tried("base") {
		c.addf(at, "%s needs base=TYPE, the SQL type whose values it has", domainName)
	}
	if len(c.errs) > before {
		return "", false
	}
	if pgtypes.Builtin(name) {
		c.addf(at, "type %s is PostgreSQL's own; give this one another name with name=", name)
		return "", false
	}
	return sqltext.Identifier(name), true
}

// resolver makes the types that have directives known.
func (c *collector) resolver(specs []typeSpec) *pgtypes.Resolver {
	r := &pgtypes.Resolver{Named: map[*types.TypeName]pgtypes.Named{}, Column: snakeCase}
	for _, t := range specs {
		// A faulty one is there, too, so that not every function that uses it has a mistake.
		r.Named[t.object] = pgtypes.Named{SQL: cmp.Or(t.sql, t.object.Name())}
	}
	return r
}

// createdTypes describes the types that the script creates, each after those that
// it is made of.
func (c *collector) createdTypes(specs []typeSpec, r *pgtypes.Resolver, info *types.Info) []SQLType {
	var created []SQLType
	c.domains = map[string]bool{}
	made := map[string]token.Pos{}
	bySQL := map[string]typeSpec{}
	for _, t := range specs {
		if t.directive == typeName || t.faulty {
			continue
		}
		if first, dup := made[t.sql]; dup {
			c.addf(t.spec.Name.Pos(), "SQL type %s is already made at %s; give one of them another name with name=", t.sql, c.position(first))
			continue
		}
		made[t.sql] = t.spec.Name.Pos()
		bySQL[t.sql] = t
	}
	done := map[string]bool{}
	var create func(t typeSpec)
	create = func(t typeSpec) {
		if done[t.sql] {
			return
		}
		done[t.sql] = true
		s := SQLType{Name: t.sql, GoName: t.spec.Name.Name, Doc: t.doc, Pos: c.fset.PositionFor(t.spec.Name.Pos(), false)}
		if t.directive == domainName {
			s.Base, _ = sqltext.Type(t.words.value("base"))
			s.Check, s.Default, s.Collate = t.words.value("check"), t.words.value("default"), t.words.value("collate")
			s.NotNull = t.words.has("notnull")
			c.domains[s.Name] = true
			created = append(created, s)
			return
		}
		if t.directive == enumName {
			s.Labels = c.labels(t, info)
			created = append(created, s)
			return
		}
		if _, ok := t.object.Type().Underlying().(*types.Struct); !ok {
			c.addf(t.spec.Name.Pos(), "%s is no struct, which a composite type is; write %s NAME if the SQL type exists", t.spec.Name.Name, typeName)
			return
		}
		resolved, err := r.Resolve(t.object.Type(), "")
		if err != nil {
			c.unsupported(t.spec.Name.Pos(), "", err)
			return
		}
		s.Columns = resolved.Records[len(resolved.Records)-1].Fields
		for _, f := range s.Columns {
			if err := checkIdentifier(f.SQL); err != nil {
				c.addf(t.spec.Name.Pos(), "field %s: %v", f.Go, err)
			}
			if part, ok := bySQL[strings.TrimSuffix(f.Type.SQL, "[]")]; ok {
				create(part)
			}
		}
		created = append(created, s)
	}
	for _, t := range specs {
		if _, ok := bySQL[t.sql]; ok && t.directive != typeName && !t.faulty {
			create(t)
		}
	}
	return created
}

// labels are the values of the constants that have the type, in the order of the
// source.
func (c *collector) labels(t typeSpec, info *types.Info) []string {
	if b, ok := t.object.Type().Underlying().(*types.Basic); !ok || b.Kind() != types.String {
		c.addf(t.spec.Name.Pos(), "%s is no string, which an enum is in Go", t.spec.Name.Name)
		return nil
	}
	var consts []*types.Const
	for _, object := range info.Defs {
		if k, ok := object.(*types.Const); ok && types.Identical(k.Type(), t.object.Type()) && k.Val().Kind() == constant.String {
			consts = append(consts, k)
		}
	}
	slices.SortFunc(consts, func(a, b *types.Const) int { return int(a.Pos() - b.Pos()) })
	var labels []string
	for _, k := range consts {
		label := constant.StringVal(k.Val())
		if err := sqltext.CheckText(label); err != nil {
			c.addf(k.Pos(), "%q cannot be a label of the enum %s: %v", label, t.sql, err)
			continue
		}
		if len(label) == 0 || len(label) > maxIdentifier || slices.Contains(labels, label) {
			c.addf(k.Pos(), "%q cannot be a label of the enum %s; a label has from 1 to %d bytes and stands once", label, t.sql, maxIdentifier)
			continue
		}
		labels = append(labels, label)
	}
	if len(consts) == 0 {
		c.addf(t.spec.Name.Pos(), "the enum %s has no label; declare constants of type %s", t.sql, t.spec.Name.Name)
	}
	return labels
}

// writeSQL writes what creates the type.
func (t *SQLType) writeSQL(s *sqltext.Script) {
	var parts []string
	name := s.Type(t.Name)
	if t.Base != "" {
		t.writeDomain(s, name)
	} else if t.Labels != nil {
		for _, l := range t.Labels {
			parts = append(parts, s.Text(l))
		}
		s.Raw("\nCREATE TYPE %s AS ENUM (%s);\n", name, strings.Join(parts, ", "))
	} else {
		for _, f := range t.Columns {
			parts = append(parts, "\t"+s.Name(f.SQL)+" "+s.Type(f.Type.SQL))
		}
		s.Raw("\nCREATE TYPE %s AS (\n%s\n);\n", name, strings.Join(parts, ",\n"))
	}
	if t.Doc != "" {
		object := "TYPE"
		if t.Base != "" {
			object = "DOMAIN"
		}
		s.Raw("COMMENT ON %s %s IS %s;\n", object, name, s.Text(t.Doc))
	}
}

// writeDomain writes what creates a domain.
func (t *SQLType) writeDomain(s *sqltext.Script, name string) {
	s.Raw("\nCREATE DOMAIN %s AS %s", name, s.Type(t.Base))
	if t.Collate != "" {
		s.Raw(" COLLATE %s", s.Type(t.Collate))
	}
	if t.Default != "" {
		s.Raw(" DEFAULT %s", s.Expression(t.Default))
	}
	if t.NotNull {
		s.Raw(" NOT NULL")
	}
	if t.Check != "" {
		s.Raw(" CHECK (%s)", s.Expression(t.Check))
	}
	s.Raw(";\n")
}
