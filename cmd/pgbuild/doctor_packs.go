package main

import (
	"fmt"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/internal/packs"
	"github.com/pgstd/pgstd/target"
)

// examineLinker looks for what links everything, with packs and without.
func examineLinker(t target.Target) finding {
	f := finding{name: "linker"}
	path, err := kit.FindBinutil(t, "ld")
	if err != nil {
		f.missing = err.Error()
		return f
	}
	f.found = path
	return f
}

// examinePacks says what comes from packs and not from this machine.
func examinePacks() (findings []finding) {
	s, err := store()
	if err != nil {
		return nil
	}
	list, err := s.List()
	if err != nil {
		return []finding{{name: "packs", missing: err.Error(), optional: true}}
	}
	for _, i := range list {
		f := finding{name: "pack", optional: true}
		switch {
		case !i.Whole:
			f.missing = i.Dir + " is damaged: install it again, or remove it (pgbuild toolchain prune)"
		case i.Kit.Digest != link.KitDigest():
			f.missing = fmt.Sprintf("%s for %s and %s is for another pgbuild: remove it (pgbuild toolchain prune)", i.Kind, i.Target, i.For())
		case i.Kind == packs.Library:
			f.found = fmt.Sprintf("the standard library for %s and %s, compiled", i.Target, i.Go)
		default:
			f.found = fmt.Sprintf("host, language and companion for %s and PostgreSQL %d, compiled by %s", i.Target, i.Postgres, i.Compiler)
		}
		findings = append(findings, f)
	}
	return findings
}
