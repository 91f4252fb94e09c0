// Package toolchain makes packs of all that a build takes besides Go. Package packs has
// their form, and installs them.
package toolchain

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/internal/packs"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/scratch"
	"github.com/pgstd/pgstd/plgo/compile"
	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/signature"
)

// Options say what packs to make.
type Options struct {
	Build     target.Options
	Targets   []target.Target
	Go        []string // releases, or go commands; none: no library
	PGConfigs []string // of the majors; none: no server
	Key       *signature.Key
	// Step, if not nil, hears of each pack that is made.
	Step func(e *packs.Entry)
}

// Make makes packs and their index in a folder. What is there already of other packs for this
// kit stays in the index.
func Make(ctx context.Context, o Options, out string) (*packs.Index, error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, fmt.Errorf("making the output folder: %w", err)
	}
	x := &packs.Index{Format: packs.Format, Kit: packs.Kit{Version: pgstd.Version, Digest: link.KitDigest()}}
	if err := keep(x, out); err != nil {
		return nil, err
	}
	add := func(m packs.Meta, dir string) error {
		e, err := packs.Write(out, m, dir)
		if err != nil {
			return err
		}
		x.Packs = append(slices.DeleteFunc(x.Packs, func(old packs.Entry) bool { return old.Name == e.Name }), *e)
		if o.Step != nil {
			o.Step(e)
		}
		return sign(o.Key, filepath.Join(out, e.Name))
	}
	for _, t := range o.Targets {
		build := o.Build
		build.Target, build.NoPacks = t, true
		for _, release := range o.Go {
			build.Go = release
			dir, m, err := compile.Library(ctx, build)
			if err != nil {
				return nil, fmt.Errorf("%s for %s: %w", cmp.Or(release, "go"), t, err)
			}
			if err := add(m, dir); err != nil {
				return nil, err
			}
		}
		build.Go = o.Build.Go
		for _, config := range o.PGConfigs {
			if err := makeServer(ctx, build, config, add); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(x.Packs, func(a, b packs.Entry) int { return cmp.Compare(a.Name, b.Name) })
	index := filepath.Join(out, packs.IndexName)
	if err := atomicfile.Write(index, x.Encode(), 0o644); err != nil {
		return nil, fmt.Errorf("writing the index: %w", err)
	}
	return x, sign(o.Key, index)
}

// keep takes over what an index that is there says of packs for this kit that are there, too.
func keep(x *packs.Index, out string) error {
	data, err := os.ReadFile(filepath.Join(out, packs.IndexName))
	if err != nil {
		return nil // there is none
	}
	old, err := packs.ParseIndex(data)
	if err != nil {
		return fmt.Errorf("%s: %w; remove it, or name another folder with -o", filepath.Join(out, packs.IndexName), err)
	}
	for _, e := range old.Packs {
		if _, err := os.Stat(filepath.Join(out, e.Name)); err == nil && e.Kit == x.Kit {
			x.Packs = append(x.Packs, e)
		}
	}
	return nil
}

// sign puts a signature beside a file; without a key, that of other content goes.
func sign(key *signature.Key, path string) error {
	if key == nil {
		if err := os.Remove(path + signature.Suffix); err != nil && !os.IsNotExist(err) {
			return err
		}
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := key.Sign(data, "pgstd pack "+filepath.Base(path))
	if err := atomicfile.Write(path+signature.Suffix, text, 0o644); err != nil {
		return fmt.Errorf("writing a signature: %w", err)
	}
	return nil
}

// makeServer makes the pack of what is compiled for a major.
func makeServer(ctx context.Context, build target.Options, config string, add func(packs.Meta, string) error) error {
	pg, err := pgconfig.Find(ctx, config)
	if err != nil {
		return err
	}
	fail := func(err error) error { return fmt.Errorf("PostgreSQL %d for %s: %w", pg.Major, build.Target, err) }
	k, err := kit.Open(ctx, build)
	if err != nil {
		return fail(err)
	}
	defer k.Close()
	host, compiler, err := link.CompileHost(ctx, k, pg)
	if err != nil {
		return fail(err)
	}
	m := link.ServerMeta(k, pg.Major)
	m.Compiler, m.Headers = compiler, pg.Version
	tmp, err := scratch.Make("", scratch.Prefix)
	if err != nil {
		return err
	}
	defer tmp.Remove()
	r := target.Request{Options: build, PGConfig: config}
	support, err := target.BuildSupport(ctx, r)
	if err != nil {
		return fail(err)
	}
	language, err := target.BuildLanguage(ctx, r)
	if err != nil {
		return fail(err)
	}
	objects, err := filepath.Glob(filepath.Join(host, "*.o"))
	if err != nil {
		return err
	}
	for folder, files := range map[string][]string{packs.HostFolder: objects, packs.SupportFolder: slices.Concat(support, language)} {
		if err := copyAll(filepath.Join(tmp.Path, "pack", folder), files); err != nil {
			return err
		}
	}
	if err := importLists(filepath.Join(tmp.Path, "pack", packs.Imports)); err != nil {
		return err
	}
	return add(m, filepath.Join(tmp.Path, "pack"))
}

func copyAll(dir string, files []string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, file := range files {
		if err := atomicfile.Copy(filepath.Join(dir, filepath.Base(file)), file, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// importLists writes what host and handler may import of the server and of its C library.
func importLists(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, from := range map[string]string{"host.txt": "host/imports.txt", "handler.txt": "plgo/handler/imports.txt"} {
		data, err := fs.ReadFile(pgstd.Files, from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
