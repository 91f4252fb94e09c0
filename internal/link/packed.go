package link

import (
	"fmt"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/packs"
)

// Packed returns the folder of the installed pack with what is compiled for a major, and what it
// is; nil if there is none that can be used. Hosts for tests of the host are in no pack.
func Packed(k *kit.Kit, major int) (string, *packs.Meta, error) {
	if k.NoPacks || k.Debug != "" || len(k.HostFlags) > 0 || clobbered() {
		return "", nil, nil
	}
	return packs.StoreIn(k.CacheDir).Find(ServerMeta(k, major))
}

// PackedLibrary returns the folder of the installed pack with the compiled standard library; empty
// if there is none that can be used. The go command finds its packages compiled from then on.
func PackedLibrary(k *kit.Kit) (string, error) {
	if k.NoPacks || k.CompilerDebug != "" || k.Files {
		return "", nil
	}
	want := LibraryMeta(k)
	dir, is, err := packs.StoreIn(k.CacheDir).Find(want)
	if err != nil || is == nil {
		return "", err
	}
	if is.Overlay != want.Overlay || is.Flags != want.Flags {
		return "", nil // this Go's library is not the one that was compiled, as a distribution's can be
	}
	return dir, packs.Seed(dir, k.Golang.Cache)
}

// ServerMeta describes a pack with what is compiled for a major, as far as a build asks for it.
func ServerMeta(k *kit.Kit, major int) packs.Meta {
	return packs.Meta{Kind: packs.Server, Kit: packKit(), Target: string(k.Target), ABI: abiVersion(), Postgres: major}
}

// LibraryMeta describes a pack with the library.
func LibraryMeta(k *kit.Kit) packs.Meta {
	return packs.Meta{
		Kind: packs.Library, Kit: packKit(), Target: string(k.Target), ABI: abiVersion(),
		Go: k.Golang.Version, Overlay: k.Overlay.Hash, Flags: k.DebugFlag(),
	}
}

// packKit is this kit.
func packKit() packs.Kit { return packs.Kit{Version: pgstd.Version, Digest: KitDigest()} }

// orPack completes an error about what a pack does without.
func orPack(k *kit.Kit, major int, err error) error {
	if k.NoPacks {
		return err
	}
	return fmt.Errorf("%w; or install a pack for PostgreSQL %d and %s (pgbuild toolchain install)", err, major, k.Target)
}
