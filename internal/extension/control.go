package extension

import (
	"bytes"
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pgstd/pgstd/internal/regular"
)

// DefaultVersion is the version of an extension whose control file does not
// say one.
const DefaultVersion = "0.1.0"

// Control is the content of the extension's control file.
type Control struct {
	DefaultVersion string
	Comment        string
	Requires       []string
	Relocatable    bool
	Superuser      bool
	Trusted        bool
	Schema         string
	Module         string // name of the module's file, without .so: the extension's, or with the version behind

	given map[string]token.Position // what the author's file sets
}

// controlReader checks the author's control file parameter by parameter.
type controlReader struct {
	*collector
	name    string // of the extension
	control Control
	given   map[string]token.Position
}

// controlParameters are the parameters that an author may set. What only
// repeats what pgbuild does is taken if it says the same.
var controlParameters = map[string]func(r *controlReader, s setting){
	"default_version": (*controlReader).defaultVersion,
	"comment":         func(r *controlReader, s setting) { r.control.Comment = s.value },
	"requires":        (*controlReader).requires,
	"relocatable":     func(r *controlReader, s setting) { r.boolean(s, &r.control.Relocatable) },
	"superuser":       func(r *controlReader, s setting) { r.boolean(s, &r.control.Superuser) },
	"trusted":         func(r *controlReader, s setting) { r.boolean(s, &r.control.Trusted) },
	"schema":          (*controlReader).schema,
	"module_pathname": (*controlReader).module,
	"encoding":        func(r *controlReader, s setting) { r.fixed(s, "UTF8") },
}

const allowedParameters = "comment, default_version, module_pathname, relocatable, requires, schema, superuser, trusted"

// readControl reads NAME.control in the package's folder, if there is one, and
// fills in the defaults.
func (c *collector) readControl(p *Package, comment string) Control {
	r := &controlReader{
		collector: c,
		name:      p.Name,
		control:   Control{DefaultVersion: DefaultVersion, Comment: comment, Module: p.Name, Superuser: true, given: map[string]token.Position{}},
	}
	r.given = r.control.given
	file := filepath.Join(p.Dir, p.Name+".control")
	data, err := regular.Read(p.Dir, p.Name+".control", regular.Text)
	switch {
	case err == nil:
		r.read(file, string(data))
	case !errors.Is(err, fs.ErrNotExist):
		c.addAt(token.Position{}, "cannot read the control file: %v", err)
	default:
		r.strayFiles(p.Dir)
	}
	// A schema and relocatable exclude each other; without a schema nothing
	// that we generate ties an extension to one.
	if _, ok := r.given["relocatable"]; !ok {
		r.control.Relocatable = r.control.Schema == ""
	} else if at, ok := r.given["schema"]; ok && r.control.Relocatable {
		c.addAt(at, "schema cannot be set when relocatable is true; drop one of them")
	}
	return r.control
}

// strayFiles reports control files whose name is not the extension's: they
// would be ignored in silence.
func (r *controlReader) strayFiles(dir string) {
	others, _ := filepath.Glob(filepath.Join(dir, "*.control"))
	for _, o := range others {
		r.addAt(token.Position{Filename: o}, "the package is called %s, and so is its extension; rename the file to %s.control", r.name, r.name)
	}
}

func (r *controlReader) read(file, text string) {
	for i, line := range strings.Split(text, "\n") {
		pos := token.Position{Filename: file, Line: i + 1, Column: 1}
		// PostgreSQL could read another end of the line, or of the value.
		if at := strings.TrimSuffix(line, "\r"); strings.ContainsFunc(at, func(c rune) bool { return c != '\t' && unicode.IsControl(c) }) || !utf8.ValidString(at) {
			r.addAt(pos, "the line has a control character, or is not UTF-8; take that out")
			continue
		}
		s, err := parseSetting(line)
		switch {
		case err != nil:
			r.addAt(pos, "%v", err)
			continue
		case s.key == "":
			continue
		}
		s.pos = pos
		// What escapes stand for is looked at, too.
		if !utf8.ValidString(s.value) || strings.ContainsFunc(s.value, func(c rune) bool { return c != '\t' && c != '\n' && unicode.IsControl(c) }) {
			r.addAt(pos, "%s has a control character, or is not UTF-8; take that out", s.key)
			continue
		}
		apply, ok := controlParameters[s.key]
		if !ok {
			r.addAt(pos, "parameter %s is not supported; allowed are %s", s.key, allowedParameters)
			continue
		}
		if first, dup := r.given[s.key]; dup {
			r.addAt(pos, "parameter %s is set already in line %d; leave one out", s.key, first.Line)
			continue
		}
		r.given[s.key] = pos
		apply(r, s)
	}
	if own := r.name + "-" + r.control.DefaultVersion; r.control.Module != r.name && r.control.Module != own {
		r.addAt(r.given["module_pathname"], "module_pathname is $libdir/%s, or, for each version to have a module of its own, $libdir/%s", r.name, own)
	}
}

func (r *controlReader) module(s setting) {
	var good bool
	if r.control.Module, good = strings.CutPrefix(s.value, "$libdir/"); !good {
		r.control.Module = ""
	}
}

func (r *controlReader) defaultVersion(s setting) {
	v := s.value
	if !isVersion(v) {
		r.addAt(s.pos, "default_version %q is not possible: it must not be empty, hold --, a slash, a quote or a control character, or start or end with -", v)
		return
	}
	r.control.DefaultVersion = v
}

// isVersion reports whether a text can be an extension's version, and stand in a file's name.
func isVersion(v string) bool {
	return v != "" && !strings.Contains(v, "--") && !strings.HasPrefix(v, "-") && !strings.HasSuffix(v, "-") &&
		!strings.ContainsAny(v, `/\'"`) && !strings.ContainsFunc(v, unicode.IsControl) && utf8.ValidString(v)
}

func (r *controlReader) requires(s setting) {
	r.control.Requires = nil
	for _, name := range strings.Split(s.value, ",") {
		name = strings.TrimSpace(name)
		switch {
		case name == "" && strings.TrimSpace(s.value) == "":
		case !isExtensionName(name):
			r.addAt(s.pos, "requires %q is not a list; write extension names with commas between", s.value)
			return
		case strings.Trim(name, `"`) == r.name:
			r.addAt(s.pos, "the extension requires itself; take %s out of requires", r.name)
		case slices.Contains(r.control.Requires, name):
			r.addAt(s.pos, "requires has %s twice; leave one out", name)
		default:
			r.control.Requires = append(r.control.Requires, name)
		}
	}
}

// isExtensionName reports whether a name can stand in a list of PostgreSQL's: a list that it
// cannot read makes pg_available_extensions fail, whatever other extensions there are.
func isExtensionName(name string) bool {
	if inner, ok := strings.CutPrefix(name, `"`); ok {
		if name, ok = strings.CutSuffix(inner, `"`); !ok {
			return false
		}
	}
	return name != "" && len(name) <= maxIdentifier && !strings.ContainsAny(name, " \t\n/\\\"")
}

func (r *controlReader) schema(s setting) {
	if s.value == "" || len(s.value) > maxIdentifier {
		r.addAt(s.pos, "schema %q is no schema name; it has 1 to %d bytes", s.value, maxIdentifier)
		return
	}
	if strings.HasPrefix(s.value, "pg_") || s.value == "information_schema" {
		// Functions in pg_catalog come before others in every session, a superuser's too.
		r.addAt(s.pos, "schema %s is PostgreSQL's own, as all are whose names start with pg_; choose another", s.value)
		return
	}
	r.control.Schema = s.value
}

// checkTrusted refuses functions with their owner's rights in an extension that whoever owns
// a database can create: the owner is the superuser that its script runs as.
func (c *collector) checkTrusted(p *Package) {
	for _, f := range p.Functions {
		if f.SecurityDefiner && !slices.ContainsFunc(f.Settings, func(s Setting) bool { return strings.EqualFold(s.Name, "search_path") }) {
			p.Warnings = append(p.Warnings, Error{c.shown(f.Pos), fmt.Sprintf("%s has the rights of its owner, and finds tables by the search_path of whoever calls it; add: set search_path='pg_catalog,pg_temp'", f.GoName)})
		}
		if p.Control.Trusted && f.SecurityDefiner {
			c.addAt(f.Pos, "%s has the rights of its owner, who is a superuser if the extension is trusted; drop security=definer, or trusted in %s.control", f.GoName, p.Name)
		}
	}
}

func (r *controlReader) fixed(s setting, want string) {
	if s.value != want {
		r.addAt(s.pos, "%s is %s for what pgbuild builds; drop the line", s.key, want)
	}
}

// boolean reads a value as PostgreSQL does: unambiguous beginnings included.
func (r *controlReader) boolean(s setting, to *bool) {
	v := strings.ToLower(s.value)
	is := func(word string, least int) bool {
		return len(v) >= least && strings.HasPrefix(word, v)
	}
	switch {
	case v == "1" || is("true", 1) || is("yes", 1) || is("on", 2):
		*to = true
	case v == "0" || is("false", 1) || is("no", 1) || is("off", 2):
		*to = false
	default:
		r.addAt(s.pos, "%s is %q; allowed are true and false", s.key, s.value)
	}
}

// CompleteControl adds to the author's own control file what a server cannot do without, and
// says which parameters these are.
func (p *Package) CompleteControl(own []byte) (data []byte, added []string) {
	needed := []string{"default_version", "module_pathname"}
	if bytes.ContainsFunc(p.SQL(), func(c rune) bool { return c >= utf8.RuneSelf }) {
		needed = append(needed, "encoding")
	}
	data = own
	for line := range bytes.Lines(p.ControlFile()) {
		key, _, _ := bytes.Cut(line, []byte(" "))
		if _, ok := p.Control.given[string(key)]; ok || !slices.Contains(needed, string(key)) {
			continue
		}
		if len(data) > 0 && data[len(data)-1] != '\n' {
			data = append(data, '\n')
		}
		data = append(data, line...)
		added = append(added, string(key))
	}
	return data, added
}

// ControlFile returns the content of NAME.control.
func (p *Package) ControlFile() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n", Generated)
	c := p.Control
	if c.Comment != "" {
		fmt.Fprintf(&b, "comment = %s\n", quoteSetting(c.Comment))
	}
	fmt.Fprintf(&b, "default_version = %s\n", quoteSetting(c.DefaultVersion))
	fmt.Fprintf(&b, "module_pathname = %s\n", quoteSetting("$libdir/"+c.Module))
	// The script may hold any Unicode text, in comments on functions.
	b.WriteString("encoding = 'UTF8'\n")
	fmt.Fprintf(&b, "relocatable = %t\n", c.Relocatable)
	if !c.Superuser {
		b.WriteString("superuser = false\n")
	}
	if c.Trusted {
		b.WriteString("trusted = true\n")
	}
	if len(c.Requires) > 0 {
		fmt.Fprintf(&b, "requires = %s\n", quoteSetting(strings.Join(c.Requires, ", ")))
	}
	if c.Schema != "" {
		fmt.Fprintf(&b, "schema = %s\n", quoteSetting(c.Schema))
	}
	return b.Bytes()
}
