package object

import (
	"slices"
	"strings"

	"github.com/pgstd/pgstd/trust/provenance"
)

// readProvenance reads the record. That there is one, and that it is right, is for
// checkProvenance; until then it says what kind of file this claims to be.
func (g *gate) readProvenance() (*provenance.Record, error) {
	n, ok := g.find(provenance.TypeRecord)
	if !ok {
		return nil, nil
	}
	return provenance.Parse(n.data)
}

// checkProvenance compares the record with what can be seen of the file.
func (g *gate) checkProvenance() bool {
	r, err := g.readProvenance()
	if err != nil {
		return g.refuse(ruleProvenance, "%v", err)
	}
	if r == nil {
		return g.refuse(ruleProvenance, "nothing in it says where it comes from: there is no note of type %d", provenance.TypeRecord)
	}
	g.Provenance = r
	good := true
	if r.Kind != string(g.Kind) {
		good = g.refuse(ruleProvenance, "the provenance is that of a %q, but the file is a %s", r.Kind, g.Kind)
	}
	if !strings.HasSuffix(r.Target, "-"+g.Machine) {
		good = g.refuse(ruleProvenance, "the provenance is for %q, but the code for %s", r.Target, g.Machine)
	}
	good = g.checkHidden(r) && good
	if g.object == nil {
		return good
	}
	if r.ABI != g.object.abi {
		good = g.refuse(ruleProvenance, "the provenance says ABI version %d, the object %d", r.ABI, g.object.abi)
	}
	return g.compareBuildInfo(r) && good
}

// acceptsHidden is the rule of the source gate by which a policy says that the branches of
// assembly have been reviewed.
const acceptsHidden = "hidden-instruction"

// checkHidden refuses what hides in constants if there is assembly that could lead there:
// of the compiler's code it is known that nothing does.
func (g *gate) checkHidden(r *provenance.Record) bool {
	good := true
	for _, p := range r.Packages {
		if p.Assembly && len(g.Hidden) > 0 && !slices.Contains(p.Accepted, acceptsHidden) {
			h := g.Hidden[0]
			good = g.refuse(ruleKernel, "package %s has assembly, and %d byte sequences that enter the kernel hide in constants, the first at %#x in %s; if its branches have been reviewed, the policy can accept %s for its module",
				p.Path, len(g.Hidden), h.Address, h.Function, acceptsHidden)
		}
	}
	return good
}

// compareBuildInfo compares the record with that of the Go linker.
func (g *gate) compareBuildInfo(r *provenance.Record) bool {
	data, ok := g.bytes(g.sections[provenance.BuildInfoSection])
	if !ok {
		return g.refuse(ruleProvenance, "the Go linker's record is missing")
	}
	info, err := provenance.ParseBuildInfo(data)
	if err != nil {
		return g.refuse(ruleProvenance, "%v", err)
	}
	var linked provenance.Record
	linked.FromBuildInfo(info)
	good := true
	if linked.Go != r.Go {
		good = g.refuse(ruleProvenance, "the provenance says %q, the Go linker %q", r.Go, linked.Go)
	}
	// A record of version 1 has nothing of what stands in a module's place.
	says := provenance.Module.Says
	if r.Version == 1 {
		says = func(m, linked provenance.Module) bool { return m.Path == linked.Path }
	}
	if !slices.EqualFunc(r.Modules, linked.Modules, says) {
		good = g.refuse(ruleProvenance, "the provenance lists %d modules, and the Go linker %d others", len(r.Modules), len(linked.Modules))
	}
	return good
}
