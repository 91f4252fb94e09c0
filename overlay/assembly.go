package overlay

import (
	"bytes"
	"go/build"
	"go/build/constraint"
	"regexp"
	"slices"
)

// pureTag asks a package for Go in place of its assembly. Every build has it, for the sake of the
// modules of others: the source gate refuses assembly. Packages of the library are exempt from it one
// by one, as each routine has to be looked at: the compiler does not check what lengths it is given.
const pureTag = "purego"

// neverTag takes its place in the build constraints of such a package. Go uses it for files that are part
// of no build. It is as long, so that nothing moves.
const neverTag = "ignore"

// withAssembly reports whether a rule exempts the package, and how its files are selected then.
func (p *pkgPlan) withAssembly(ctx build.Context) (*rule, build.Context) {
	for _, r := range p.rules {
		if r.verb == "assembly" {
			ctx.BuildTags = slices.DeleteFunc(slices.Clone(ctx.BuildTags), func(tag string) bool { return tag == pureTag })
			return r, ctx
		}
	}
	return nil, ctx
}

// retag finds the files whose constraint has to change, as the go command knows one set of tags only.
func (p *pkgPlan) retag(r *rule, t target, errs *problems) {
	hits := 0
	for _, f := range p.stock {
		if f.src == nil {
			continue
		}
		before, err := matches(t.ctx, f.name, f.src)
		if err != nil {
			errs.add(f.path, "", "cannot be read: %v", err)
		}
		if f.retagged = before != f.selected; f.retagged {
			hits++
		}
	}
	if hits == 0 {
		errs.add(r.pos, "stale", "no file of %s depends on the tag %s for linux/%s; add goarch= or remove the rule", p.path, pureTag, t.goarch)
	}
}

var pureWord = regexp.MustCompile(`\b` + pureTag + `\b`)

// retagged returns data with the other tag in its build constraint.
func retagged(data []byte) []byte {
	at, end := constraintOf(data)
	return slices.Concat(data[:at], pureWord.ReplaceAllLiteral(data[at:end], []byte(neverTag)), data[end:])
}

// constraintOf returns where the line with the build constraint is, without its newline.
func constraintOf(data []byte) (start, end int) {
	at := 0
	for line := range bytes.Lines(data) {
		text := bytes.TrimRight(line, "\n")
		if constraint.IsGoBuild(string(text)) {
			return at, at + len(text)
		}
		if bytes.HasPrefix(text, []byte("package ")) {
			break
		}
		at += len(line)
	}
	return 0, 0
}
