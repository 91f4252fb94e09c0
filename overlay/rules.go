package overlay

import (
	"fmt"
	"go/version"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/internal/gocmd"
)

// rule is one line of an overlay.rules file.
type rule struct {
	pos    string // file:line
	verb   string // drop, remove, subst, select, assembly
	what   string // file name or *, declaration
	old    string // subst: the expression that is looked for
	new    string // subst: what takes its place
	count  int    // subst: how often it must be found
	goarch string // condition; empty: any
	gover  string // condition: "go1.27"; empty: any
	orMore bool   // gover is a minimum
	tag    string // condition: one of testTags, or "!" and one of them; empty: any build
	reason string
}

// holds reports whether the rule is meant for this target and release.
func (r *rule) holds(t target) bool {
	if r.goarch != "" && r.goarch != t.goarch {
		return false
	}
	if tag, without := strings.CutPrefix(r.tag, "!"); tag != "" && slices.Contains(t.ctx.BuildTags, tag) == without {
		return false
	}
	switch {
	case r.gover == "":
		return true
	case r.orMore:
		return version.Compare(t.gover, r.gover) >= 0
	default:
		return version.Lang(t.gover) == r.gover
	}
}

// parseRules reads an overlay.rules file. It goes on after a mistake.
func parseRules(name string, data []byte, errs *problems) []*rule {
	var rules []*rule
	for i, line := range strings.Split(string(data), "\n") {
		pos := name + ":" + strconv.Itoa(i+1)
		words, reason, err := splitRule(line)
		if err == nil && len(words) > 0 {
			var r *rule
			if r, err = newRule(words); err == nil {
				r.pos, r.reason = pos, reason
				if reason == "" && r.verb != "remove" {
					err = fmt.Errorf("%s needs a reason; end the line with \"-- why\"", r.verb)
				}
				rules = append(rules, r)
			}
		}
		if err != nil {
			errs.add(pos, "", "%v", err)
		}
	}
	return rules
}

// splitRule cuts a line into words; a word in backquotes may hold blanks. What follows a word
// "--" is the reason, and a word that begins with # opens a comment.
func splitRule(line string) (words []string, reason string, err error) {
	for {
		line = strings.TrimLeft(line, " \t")
		switch {
		case line == "" || line[0] == '#':
			return words, "", nil
		case line == "--" || strings.HasPrefix(line, "-- ") || strings.HasPrefix(line, "--\t"):
			return words, strings.TrimSpace(line[2:]), nil
		case line[0] == '`':
			word, rest, ok := strings.Cut(line[1:], "`")
			if !ok {
				return nil, "", fmt.Errorf("a backquote is not closed; put the whole expression between two of them")
			}
			words, line = append(words, word), rest
		default:
			end := strings.IndexAny(line, " \t`")
			if end < 0 {
				end = len(line)
			}
			words, line = append(words, line[:end]), line[end:]
		}
	}
}

func newRule(words []string) (*rule, error) {
	r := &rule{verb: words[0]}
	args := words[1:]
	take := func() string {
		if len(args) == 0 {
			return ""
		}
		w := args[0]
		args = args[1:]
		return w
	}
	switch r.verb {
	case "drop":
		if r.what = take(); r.what == "" || path.Base(r.what) != r.what {
			return nil, fmt.Errorf("drop needs a file name without a folder; write \"drop FILE -- why\" or \"drop * -- why\"")
		}
	case "select":
		if r.what = take(); path.Ext(r.what) != ".go" || path.Base(r.what) != r.what {
			return nil, fmt.Errorf("select needs the name of a Go file without a folder; write \"select FILE -- why\"")
		}
	case "assembly":
	case "remove":
		if r.what = take(); r.what == "" {
			return nil, fmt.Errorf("remove needs a declaration; write \"remove NAME\" or \"remove Type.Method\"")
		}
	case "subst":
		var err error
		r.what, r.old, r.new = take(), take(), take()
		if r.count, err = strconv.Atoi(take()); err != nil || r.count < 1 || r.old == "" {
			return nil, fmt.Errorf("subst is incomplete; write \"subst FUNC `EXPR` `NEW` COUNT -- why\"")
		}
		if strings.ContainsAny(r.new, "\n\r") {
			return nil, fmt.Errorf("subst must keep to one line")
		}
	default:
		return nil, fmt.Errorf("unknown rule %q; use drop, remove, subst, select or assembly", r.verb)
	}
	for _, w := range args {
		key, val, _ := strings.Cut(w, "=")
		switch key {
		case "goarch":
			if r.goarch = val; !supportedArch(val) {
				return nil, fmt.Errorf("unknown architecture %q; use goarch=amd64 or goarch=arm64", val)
			}
		case "go":
			v, more := strings.CutSuffix(val, "+")
			r.gover, r.orMore = "go"+v, more
			if !version.IsValid(r.gover) || !more && version.Lang(r.gover) != r.gover {
				return nil, fmt.Errorf("unknown release %q; use go=1.27 for one minor release or go=1.27+ for it and later ones", val)
			}
			if version.Compare(r.gover, gocmd.FirstUnsupported) >= 0 || !more && version.Compare(r.gover, version.Lang(gocmd.MinVersion)) < 0 {
				return nil, fmt.Errorf("no supported release is go %s; remove the rule", val)
			}
		case "tag":
			if r.tag = val; !slices.Contains(testTags, strings.TrimPrefix(val, "!")) {
				return nil, fmt.Errorf("unknown tag %q; use tag=%s for test builds, tag=%s for those with the network in memory, or tag=! and one of these for all others",
					val, TestTag, MemoryNetTag)
			}
		default:
			return nil, fmt.Errorf("unexpected word %q; conditions are goarch=amd64, go=1.27 or go=1.27+, and tag=%s or tag=!%[2]s", w, TestTag)
		}
	}
	return r, nil
}

// architectures are those that a target exists for.
var architectures = []string{"amd64", "arm64"}

func supportedArch(goarch string) bool { return slices.Contains(architectures, goarch) }
