package policy

import _ "embed"

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

// Entry returns what the policy says of a module in this version and with this hash, or nil.
func (p *Policy) Entry(m Module) *Entry {
	if listed, _ := p.Listed(m); !listed {
		return nil
	}
	return &p.Modules[p.find(m.Path)]
}
