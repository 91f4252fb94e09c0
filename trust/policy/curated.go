package policy

import (
	_ "embed"
	"regexp"
	"strings"

	"golang.org/x/mod/module"
)

// CuratedName is what names the policy that ships with the kit where a file is named otherwise.
const CuratedName = "curated"

//go:embed curated.toml
var curated []byte

// Curated is the policy that ships with the kit. Whoever builds has to choose it.
func Curated(rules []string) (*Policy, error) {
	p, err := Parse(CuratedName, curated, rules)
	if err != nil {
		return nil, err
	}
	p.Administrators = true
	return p, nil
}

// leftOut is a module that the first lines of the curated policy name, and why it is not in it.
var leftOut = regexp.MustCompile(`(?m)^#   (\S+) {2,}(.+(?:\n# {10,}.+)*)$`)

// LeftOut says why a module could not be judged to be harmless; empty: nobody has tried.
func LeftOut(path string) string {
	path, _, _ = module.SplitPathVersion(path)
	for _, m := range leftOut.FindAllSubmatch(curated, -1) {
		if string(m[1]) == path {
			return strings.Join(strings.Fields(strings.ReplaceAll(string(m[2]), "\n#", "")), " ")
		}
	}
	return ""
}

// Entry returns what the policy says of a module in this version and with this hash, or nil.
func (p *Policy) Entry(m Module) *Entry {
	if listed, _ := p.Listed(m); !listed {
		return nil
	}
	return &p.Modules[p.find(m.Path)]
}
