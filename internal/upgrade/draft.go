package upgrade

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/sqltext"
)

// Draft is an upgrade script that somebody has to read.
type Draft struct {
	Text      string
	Decisions int // places where a person has to decide: they are comments
}

// drafter makes a Draft.
type drafter struct {
	b         strings.Builder
	decisions int
	old       map[string]*object
	gone      map[string]bool // what is dropped
}

// Version is a version of an extension and its script.
type Version struct{ Name, Script string }

// Make compares two versions of an extension. If each has a module of its own, the functions
// that are there have to be told of the new one.
func Make(extension string, from, to Version, ownModule bool) (*Draft, error) {
	before, err := read(from.Script)
	if err != nil {
		return nil, fmt.Errorf("the script of version %s: %w", from.Name, err)
	}
	after, err := read(to.Script)
	if err != nil {
		return nil, fmt.Errorf("the script of version %s: %w", to.Name, err)
	}
	d := &drafter{old: map[string]*object{}, gone: map[string]bool{}}
	now := map[string]*object{}
	for _, o := range after {
		now[o.key()] = o
	}
	for _, o := range before {
		d.old[o.key()] = o
	}
	for _, o := range after {
		if was := d.old[o.key()]; was != nil && o.kind == "OPERATOR CLASS" && !o.same(was) {
			d.unsort(was, o)
		}
	}
	for _, o := range slices.Backward(before) {
		if now[o.key()] == nil {
			d.drop(o, after)
		}
	}
	for _, o := range after {
		if was := d.old[o.key()]; was == nil {
			d.create(o)
		} else if !o.same(was) || ownModule && o.inModule() {
			d.change(was, o, after)
		}
	}
	head := fmt.Sprintf("\\echo Use \"ALTER EXTENSION %s UPDATE TO '%s'\" to load this file. \\quit\n", extension, to.Name)
	if d.b.Len() == 0 {
		d.b.WriteString("\n-- Nothing in SQL has changed.\n")
	}
	return &Draft{head + d.b.String(), d.decisions}, nil
}

func (d *drafter) say(format string, args ...any) { fmt.Fprintf(&d.b, "\n"+format+";\n", args...) }

// decide writes what a person has to decide about, with statements that may be the right ones.
func (d *drafter) decide(why string, statements ...string) {
	d.decisions++
	fmt.Fprintf(&d.b, "\n-- DECIDE: %s\n", why)
	for _, s := range statements {
		for line := range strings.Lines(s + ";\n") {
			d.b.WriteString("-- " + line)
		}
	}
}

// drop writes what takes away what the new version does not have.
func (d *drafter) drop(o *object, after []*object) {
	switch o.kind {
	case "COMMENT":
		if d.lives(o.name, after) {
			d.say("COMMENT %s IS NULL", o.name)
		}
	case "SHELL":
	case "GRANT", "REVOKE":
		d.decide("the new version does not say this; the rights that there are stay unless you change them", o.text)
	case "TYPE", "DOMAIN":
		d.decide("the new version has no "+o.key()+"; columns of users' tables may be of it", "DROP "+o.key())
	case "SQL":
		again := slices.ContainsFunc(after, func(n *object) bool { return n.creates == o.creates })
		switch {
		case o.creates != "" && again: // create decides
		case o.creates != "":
			d.decide("the new version does not make "+o.creates+", which users may have put data into", "DROP … "+o.creates)
		default:
			d.decide("the new version does not run this", o.text)
		}
	default:
		d.gone[o.key()] = true
		d.say("DROP %s", o.dropped())
	}
}

// lives reports whether what a comment is on is in the new version.
func (d *drafter) lives(on string, after []*object) bool {
	on = compact(strings.TrimPrefix(on, "on "))
	return slices.ContainsFunc(after, func(n *object) bool { return compact(strings.ToLower(n.key())) == on })
}

func compact(s string) string { return strings.ReplaceAll(s, " ", "") }

// create writes what the old version does not have.
func (d *drafter) create(o *object) {
	if o.kind == "SQL" {
		for _, was := range d.old {
			if was.kind == "SQL" && o.creates != "" && was.creates == o.creates {
				d.decide(o.creates+" is there already, made by another statement; what changes it?", was.text, o.text)
				return
			}
		}
		if o.creates == "" {
			d.decide("the old version has not run this, or not so; is it right where the rest is there?", o.text)
			return
		}
	}
	d.say("%s", o.text)
}

// said are the comments and rights that the new version gives an object, which goes without
// them when it is dropped.
func said(o *object, after []*object) []string {
	on := compact("on " + strings.ToLower(o.key()))
	var list []string
	for _, n := range after {
		text := compact(strings.Join(n.tokens, " "))
		if n.kind == "COMMENT" && compact(n.name) == on || (n.kind == "GRANT" || n.kind == "REVOKE") && strings.Contains(text, on) {
			list = append(list, n.text)
		}
	}
	return list
}

// change writes what makes an object of the old version one of the new.
func (d *drafter) change(was, o *object, after []*object) {
	switch o.kind {
	case "FUNCTION", "PROCEDURE", "AGGREGATE":
		if was.shape == o.shape && was.defaults <= o.defaults {
			d.say("CREATE OR REPLACE%s", strings.TrimPrefix(strings.TrimPrefix(o.text, "CREATE OR REPLACE"), "CREATE"))
			return
		}
		d.decide(o.key()+" has other results, names of arguments, or fewer defaults, which CREATE OR REPLACE cannot give it; what depends on it goes with it",
			append([]string{"DROP " + o.key(), o.text}, said(o, after)...)...)
	case "COMMENT":
		d.say("%s", o.text)
	case "CAST":
		d.say("DROP CAST %s", o.name)
		d.say("%s", o.text)
		for _, s := range said(o, after) {
			d.say("%s", s)
		}
	case "OPERATOR":
		d.changeOperator(was, o)
	case "OPERATOR CLASS":
		d.changeClass(was, o, after)
	case "DOMAIN":
		d.changeDomain(was, o)
	case "TYPE":
		d.changeType(was, o)
	default:
		d.changed(was, o)
	}
}

// changeType writes how a type becomes another, if that is plain.
func (d *drafter) changeType(was, o *object) {
	before, enum := labels(was)
	after, stays := labels(o)
	if enum && stays {
		for _, l := range before {
			if !slices.Contains(after, l) {
				d.decide("a label of an enum cannot be taken away, but can be renamed", "ALTER TYPE "+o.name+" RENAME VALUE "+l+" TO '…'")
				return
			}
		}
		for i, l := range after {
			switch {
			case slices.Contains(before, l):
			case i > 0:
				d.say("ALTER TYPE %s ADD VALUE %s AFTER %s", o.name, l, after[i-1])
			default:
				d.say("ALTER TYPE %s ADD VALUE %s BEFORE %s", o.name, l, before[0])
			}
		}
		return
	}
	old, composite := columns(was)
	now, stays := columns(o)
	if !composite || !stays {
		d.changeProperties(was, o)
		return
	}
	for _, c := range old {
		if find(now, c[0]) == nil {
			d.decide("a column of a type goes from all tables that have it", "ALTER TYPE "+o.name+" DROP ATTRIBUTE "+c[0]+" CASCADE")
		}
	}
	for _, c := range now {
		was := find(old, c[0])
		switch {
		case was == nil:
			d.say("ALTER TYPE %s ADD ATTRIBUTE %s CASCADE", o.name, column(c))
		case !slices.Equal(was, c):
			d.decide("a column of a type becomes another, also in tables that have it", "ALTER TYPE "+o.name+" ALTER ATTRIBUTE "+strings.Replace(column(c), " ", " TYPE ", 1)+" CASCADE")
		}
	}
}

func find(columns [][]string, name string) []string {
	for _, c := range columns {
		if c[0] == name {
			return c
		}
	}
	return nil
}

// column writes a column: its name and its type.
func column(c []string) string {
	if t, err := sqltext.Type(strings.Join(c[1:], " ")); err == nil {
		return c[0] + " " + t
	}
	return strings.Join(c, " ")
}

// labels are those of an enum, as they stand there.
func labels(o *object) ([]string, bool) {
	at := slices.Index(o.tokens, "enum")
	if at < 0 || at+1 >= len(o.tokens) {
		return nil, false
	}
	inner, _ := parentheses(o.tokens[at+1:])
	var list []string
	for _, l := range split(inner) {
		list = append(list, l[0])
	}
	return list, true
}

// columns are those of a composite type: a name and the words of a type each.
func columns(o *object) ([][]string, bool) {
	at := slices.Index(o.tokens, "as")
	if at < 0 || at+1 >= len(o.tokens) || o.tokens[at+1] != "(" {
		return nil, false
	}
	inner, _ := parentheses(o.tokens[at+1:])
	return split(inner), true
}
