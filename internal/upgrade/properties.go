package upgrade

import (
	"slices"
	"strings"
)

// properties are what stands in parentheses behind what a CREATE makes: a word, and a value
// unless the word says all.
func properties(o *object) map[string]string {
	at := slices.Index(o.tokens, "(")
	if at < 0 {
		return nil
	}
	inner, _ := parentheses(o.tokens[at:])
	list := map[string]string{}
	for _, p := range split(inner) {
		list[p[0]] = strings.TrimPrefix(strings.Join(p[1:], " "), "= ")
	}
	return list
}

// differing are the properties that differ, in order.
func differing(was, o *object) []string {
	before, now := properties(was), properties(o)
	var list []string
	for word, value := range now {
		if old, ok := before[word]; !ok || old != value {
			list = append(list, word)
		}
	}
	for word := range before {
		if _, ok := now[word]; !ok {
			list = append(list, word)
		}
	}
	slices.Sort(list)
	return list
}

// among reports whether all words are some of the allowed.
func among(words []string, allowed ...string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(allowed, w) })
}

// changed is what a person has to find an answer to.
func (d *drafter) changed(was, o *object) {
	d.decide(o.key()+" has changed; was, and is:", was.text, o.text)
}

// changeOperator writes what ALTER OPERATOR can do: what the planner is told of it.
func (d *drafter) changeOperator(was, o *object) {
	words := differing(was, o)
	if !among(words, "restrict", "join", "hashes", "merges", "commutator", "negator") {
		d.changed(was, o)
		return
	}
	now := properties(o)
	alter := func(words []string) string {
		var set []string
		for _, word := range words {
			value, ok := now[word]
			switch {
			case !ok:
				value = " = NONE"
			case value != "":
				value = " = " + value
			}
			set = append(set, strings.ToUpper(word)+value)
		}
		return "ALTER " + o.key() + " SET (" + strings.Join(set, ", ") + ")"
	}
	taken := func(word string) bool { _, ok := now[word]; return !ok && word != "restrict" && word != "join" }
	switch {
	case among(words, "restrict", "join"):
		d.say("%s", alter(words))
	case slices.ContainsFunc(words, taken):
		d.changed(was, o)
	default:
		statements := []string{alter(words)}
		if among(words, "hashes", "merges") {
			var set []string
			for _, word := range words {
				set = append(set, map[string]string{"hashes": "oprcanhash", "merges": "oprcanmerge"}[word]+" = true")
			}
			statements = append(statements, "UPDATE pg_catalog.pg_operator SET "+strings.Join(set, ", ")+" WHERE oid = '"+strings.ReplaceAll(strings.TrimPrefix(o.key(), "OPERATOR "), "'", "''")+"'::regoperator")
		}
		d.decide(o.key()+" says more of itself, which ALTER can tell PostgreSQL 17 and later only; before, it takes an UPDATE of the catalog, or DROP and CREATE", statements...)
	}
}

// changeDomain writes another check of a domain, which values that are there have to pass.
func (d *drafter) changeDomain(was, o *object) {
	head, check, ok := cutCheck(o)
	oldHead, _, had := cutCheck(was)
	if !ok || !had || !slices.Equal(head, oldHead) {
		d.changed(was, o)
		return
	}
	d.decide(o.key()+" has another check, which values that are there have to pass; its name is one that PostgreSQL has chosen",
		"ALTER "+o.key()+" DROP CONSTRAINT "+o.name+"_check", "ALTER "+o.key()+" ADD "+check)
}

// cutCheck parts a domain at its only check, which ends it.
func cutCheck(o *object) (head []string, check string, ok bool) {
	at := slices.Index(o.tokens, "check")
	if at < 0 || slices.Contains(o.tokens[at+1:], "check") {
		return nil, "", false
	}
	_, rest := parentheses(o.tokens[at+1:])
	text := strings.LastIndex(strings.ToUpper(o.text), "CHECK (")
	if len(rest) > 0 || text < 0 {
		return nil, "", false
	}
	return o.tokens[:at], o.text[text:], true
}

// changeProperties writes what ALTER TYPE can change of a base type.
func (d *drafter) changeProperties(was, o *object) {
	if now := properties(o); len(now) > 0 && now["input"] != "" && among(differing(was, o), "storage") && now["storage"] != "" {
		d.say("ALTER TYPE %s SET (STORAGE = %s)", o.name, now["storage"])
		return
	}
	d.changed(was, o)
}
