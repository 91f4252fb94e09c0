package extension

import (
	"bytes"
	"fmt"
	"go/types"

	"github.com/pgstd/pgstd/internal/pgtypes"
	"github.com/pgstd/pgstd/internal/sqltext"
)

// ownDomain is a domain over a base type of the package. Its Go type embeds that of the base type, and so
// has the methods that only that one knows how to write.
type ownDomain struct {
	goName, field string
	base          *pgtypes.Type
}

// ownDomains finds the domains over base types, or over other such domains, and says how they cross.
func (c *collector) ownDomains(p *Package, specs []typeSpec) {
	type own struct {
		object *types.TypeName
		named  pgtypes.Named
	}
	known := map[string]own{}
	for object, n := range c.types.Named {
		if n.Own != nil {
			known[n.SQL] = own{object, n}
		}
	}
	for again := true; again; {
		again = false
		for _, t := range specs {
			if t.directive != domainName || t.faulty || c.types.Named[t.object].Own != nil {
				continue
			}
			name, _ := sqltext.Type(t.words.value("base"))
			base, found := known[name]
			structure, isStruct := t.object.Type().Underlying().(*types.Struct)
			if !found || !isStruct {
				continue
			}
			if structure.NumFields() != 1 || !structure.Field(0).Embedded() || !types.Identical(structure.Field(0).Type(), base.object.Type()) {
				// Said once, not at each function that uses it.
				c.types.Named[t.object] = pgtypes.Named{SQL: t.sql, Own: base.named.Own}
				c.addf(t.spec.Name.Pos(), "%[1]s is a domain over %[2]s, and embeds its Go type, which has the methods: type %[1]s struct{ %[3]s }",
					t.object.Name(), name, base.object.Name())
				continue
			}
			d := ownDomain{t.object.Name(), base.object.Name(), base.named.Own}
			p.ownDomains = append(p.ownDomains, d)
			named := pgtypes.Named{SQL: t.sql, Own: d.crossing(t.sql)}
			c.types.Named[t.object] = named
			known[t.sql] = own{t.object, named}
			again = true
		}
	}
}

// crossing is how values of the domain are passed.
func (d *ownDomain) crossing(sql string) *pgtypes.Type {
	t := d.base.By("author."+d.goName, sql, "get"+d.goName, "put"+d.goName)
	return &t
}

// writeFunctions writes the functions that pass them.
func (d *ownDomain) writeFunctions(b *bytes.Buffer) {
	fmt.Fprintf(b, `
func get%[1]s(s *codec.Slot) (v author.%[1]s, err error) {
	v.%[2]s, err = %[3]s(s)
	return v, err
}

func put%[1]s(o *codec.Out, s *codec.Slot, v author.%[1]s) error { return %[4]s(o, s, v.%[2]s) }
`, d.goName, d.field, d.base.Get, d.base.Put)
}
