package extension

import (
	"go/ast"
	"regexp"
	"strings"

	"github.com/pgstd/pgstd/internal/sqltext"
)

const (
	grantName   = "//pg:grant"
	commentName = "//pg:comment"
)

// Setting is a parameter that has a value of its own while a function runs.
type Setting struct {
	Name   string
	Values []string // more than one for a parameter that is a list
}

// settingName is a parameter's name, that of an extension's among them.
var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)

// listSettings are the parameters of PostgreSQL whose values are lists of names: as a text of
// its own, a list would be one name with commas in it.
var listSettings = map[string]bool{
	"search_path": true, "temp_tablespaces": true, "session_preload_libraries": true,
	"local_preload_libraries": true, "shared_preload_libraries": true, "datestyle": true,
}

// settings reads the set words of a directive.
func (c *collector) settings(g givenWords) []Setting {
	var list []Setting
	seen := map[string]bool{}
	for _, w := range g.sets {
		name := strings.ToLower(w.key)
		switch {
		case !settingName.MatchString(w.key):
			c.addf(w.pos, "%q is no name of a setting; write set NAME='VALUE'", w.key)
			continue
		case seen[name]:
			c.addf(w.pos, "%s is set already; leave one out", w.key)
			continue
		}
		if err := sqltext.CheckText(w.value); err != nil {
			c.addf(w.pos, "%s: %v", w.key, err)
			continue
		}
		seen[name] = true
		s := Setting{Name: w.key, Values: []string{w.value}}
		if listSettings[name] {
			s.Values = strings.Split(w.value, ",")
			for i := range s.Values {
				s.Values[i] = strings.Trim(strings.TrimSpace(s.Values[i]), `"`)
			}
		}
		list = append(list, s)
	}
	return list
}

func (s *Setting) writeSQL(out *sqltext.Script) string {
	values := make([]string, len(s.Values))
	for i, v := range s.Values {
		values[i] = out.Text(v)
	}
	parts := strings.Split(s.Name, ".")
	for i := range parts {
		parts[i] = out.Name(strings.ToLower(parts[i]))
	}
	return " SET " + strings.Join(parts, ".") + " TO " + strings.Join(values, ", ")
}

// grant is who may call a function; without one everybody may.
type grant struct {
	roles []string // none: the owner alone
}

// parseGrant reads a line such as
//
//	//pg:grant app_reader, app_writer
func (c *collector) parseGrant(line *ast.Comment) *grant {
	rest := strings.TrimSpace(line.Text[len(grantName):])
	if rest == "" {
		c.addf(line.Slash, "%s says which roles may call the function; write %s ROLE, ROLE, or %s none for its owner alone", grantName, grantName, grantName)
		return nil
	}
	if rest == "none" {
		return &grant{}
	}
	g := &grant{}
	for _, role := range strings.Split(rest, ",") {
		role = strings.TrimSpace(role)
		if err := checkIdentifier(role); err != nil {
			c.addf(line.Slash, "%s: %v", grantName, err)
			return nil
		}
		g.roles = append(g.roles, role)
	}
	return g
}

// writeSQL writes who may execute an object.
func (g *grant) writeSQL(s *sqltext.Script, object string) {
	s.Raw("REVOKE ALL ON %s FROM PUBLIC;\n", object)
	var roles []string
	for _, r := range g.roles {
		if r == "public" {
			roles = append(roles, "PUBLIC")
			continue
		}
		roles = append(roles, s.Name(r))
	}
	if len(roles) > 0 {
		s.Raw("GRANT EXECUTE ON %s TO %s;\n", object, strings.Join(roles, ", "))
	}
}

// described is what a comment says of a declaration, or a directive in it.
func (c *collector) described(doc *ast.CommentGroup) string {
	for _, line := range doc.List {
		if directiveOf(line) == commentName {
			return strings.TrimSpace(line.Text[len(commentName):]) // typeSpec has looked at it
		}
	}
	return strings.TrimSpace(doc.Text())
}

// parseComment reads a line such as
//
//	//pg:comment what \df+ shows instead of the doc comment
func (c *collector) parseComment(line *ast.Comment) *string {
	text := strings.TrimSpace(line.Text[len(commentName):])
	if err := sqltext.CheckText(text); err != nil {
		c.addf(line.Slash, "%s: %v", commentName, err)
	}
	return &text
}
