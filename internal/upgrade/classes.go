package upgrade

import (
	"slices"
	"strings"
)

// A class for btree can do without the function by which values are sorted, so that one comes and goes without
// the class, and its indexes stay.
const sortSupport = "function 2 "

// parts are what a class consists of; head is what stands before.
func (o *object) parts() (head []string, parts []string) {
	at := slices.Index(o.tokens, "as")
	if at < 0 {
		return o.tokens, nil
	}
	for _, p := range split(o.tokens[at+1:]) {
		parts = append(parts, strings.Join(p, " "))
	}
	return o.tokens[:at], parts
}

// sorts returns the functions by which a class sorts before and after, if two are the same but for
// these; empty for none.
func sorts(was, o *object) (before, now string, ok bool) {
	if !strings.HasSuffix(o.name, " USING btree") {
		return "", "", false
	}
	oldHead, old := was.parts()
	head, parts := o.parts()
	take := func(list []string) (rest []string, function string) {
		for _, p := range list {
			if name, is := strings.CutPrefix(p, sortSupport); is {
				function = name
			} else {
				rest = append(rest, p)
			}
		}
		return rest, function
	}
	old, before = take(old)
	parts, now = take(parts)
	return before, now, slices.Equal(oldHead, head) && slices.Equal(old, parts)
}

// alterFamily has the family of a class know another function for sorting, or none.
func (d *drafter) alterFamily(o *object, change string) {
	typ := o.tokens[slices.Index(o.tokens, "type")+1 : slices.Index(o.tokens, "using")]
	d.say("ALTER OPERATOR FAMILY %s %s", o.name, strings.ReplaceAll(change, "TYPE", strings.Join(typ, "")))
}

// unsort takes the function for sorting out of a family, before it is dropped itself.
func (d *drafter) unsort(was, o *object) {
	if before, now, ok := sorts(was, o); ok && before != "" && before != now {
		d.alterFamily(o, "DROP FUNCTION 2 (TYPE, TYPE)")
	}
}

// changeClass writes what makes one operator class another.
func (d *drafter) changeClass(was, o *object, after []*object) {
	if _, now, ok := sorts(was, o); ok {
		if now != "" {
			d.alterFamily(o, "ADD FUNCTION 2 (TYPE, TYPE) "+strings.ReplaceAll(strings.ReplaceAll(now, " ( ", "("), " )", ")"))
		}
		return
	}
	d.decide(o.key()+" has changed, which takes another one; its indexes have to be dropped before, and made again",
		append([]string{"DROP " + was.dropped(), o.text}, said(o, after)...)...)
}
