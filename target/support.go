package target

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/internal/packs"
	"github.com/pgstd/pgstd/internal/pgconfig"
)

const (
	// SupportName is the name of the extension that comes with the kit: SQL for
	// what sessions share, whatever extensions they use.
	SupportName = "pgstd"
	// LanguageName is the name of the procedural language, and of its extension.
	LanguageName = "plgo"
)

// kitExtension is an extension that the kit brings: C, a control file and SQL scripts.
type kitExtension struct {
	name    string
	dir     string // in Files; its control file and scripts are installed
	exports string
	sources []string // relative to the folder of the host
	cells   bool     // the program of cells comes with it
}

// The companion is made of the parts of the host that do without an object.
var companion = kitExtension{
	name:    SupportName,
	dir:     "host/postgres/companion",
	exports: "{ global: Pg_magic_func; _PG_init; pgstd_companion_*; pg_finfo_pgstd_companion_*; local: *; };\n",
	sources: slices.Concat([]string{
		"postgres/companion/companion.c", "postgres/companion/profile.c", "postgres/companion/heap.c", "postgres/companion/pprof.c", "postgres/base/limits.c", "postgres/cell/usage.c",
		"postgres/session/init.c", "postgres/session/parameters.c", "postgres/session/shared.c", "postgres/session/signals.c",
	}, link.CoreSources),
	cells: true,
}

// The language's handler is the whole host but for what makes it one with an object.
var language = kitExtension{
	name:    LanguageName,
	dir:     "plgo/handler",
	exports: "{ global: Pg_magic_func; _PG_init; plgo_*_handler; plgo_validator; plgo_sql_*; pg_finfo_plgo_*; local: *; };\n",
	sources: slices.Concat([]string{
		"../plgo/handler/plgo.c", "../plgo/handler/params.c", "../plgo/handler/source.c", "../plgo/handler/compiler.c", "../plgo/handler/transport.c",
		"../plgo/handler/command.c", "../plgo/handler/server.c",
		"../plgo/handler/table.c", "../plgo/handler/store.c", "../plgo/handler/inflate.c", "../plgo/handler/tidy.c", "../plgo/handler/files.c", "../plgo/handler/compared.c", "../plgo/handler/folders.c", "../plgo/handler/linked.c", "../plgo/handler/objects.c",
		"../plgo/handler/check.c", "../plgo/handler/aggregate.c", "../plgo/handler/declared.c", "../plgo/handler/parts.c", "../plgo/handler/functions.c", "../plgo/handler/loading.c", "../plgo/handler/bases.c", "../plgo/handler/members.c", "../plgo/handler/views.c", "../plgo/handler/debugger.c",
	}, link.ServerSources, link.CoreSources),
}

// BuildSupport builds the extension SupportName for the PostgreSQL of a request
// and returns the paths of its files, which are in the cache.
func BuildSupport(ctx context.Context, r Request) ([]string, error) {
	return companion.build(ctx, r)
}

// BuildLanguage does the same for the extension LanguageName.
func BuildLanguage(ctx context.Context, r Request) ([]string, error) {
	return language.build(ctx, r)
}

func (e *kitExtension) build(ctx context.Context, r Request) ([]string, error) {
	pg, err := r.Server(ctx)
	if err != nil {
		return nil, err
	}
	k, err := kit.Open(ctx, r.Options)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	return e.files(ctx, k, pg)
}

// files returns the paths of the extension's files: of a pack, or built here.
func (e *kitExtension) files(ctx context.Context, k *kit.Kit, pg *pgconfig.Config) ([]string, error) {
	texts, digest, err := e.texts()
	if err != nil {
		return nil, err
	}
	dir, pack, err := link.Packed(k, pg.Major)
	if err != nil {
		return nil, err
	}
	if pack != nil {
		dir = filepath.Join(dir, packs.SupportFolder)
	} else if dir, err = e.compile(ctx, k, pg, texts, digest); err != nil {
		return nil, err
	}
	files := []string{filepath.Join(dir, e.name+".so")}
	if e.cells {
		files = append(files, filepath.Join(dir, pgstd.CellProgram))
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		files = append(files, filepath.Join(dir, name))
	}
	return files, nil
}

// compile builds the extension into a folder of the cache, and returns that. Its objects may
// be those of another pgbuild with the same C; what is linked says which one has done it.
func (e *kitExtension) compile(ctx context.Context, k *kit.Kit, pg *pgconfig.Config, texts map[string][]byte, digest string) (string, error) {
	objects, compiler, err := link.CompileWith(ctx, k, pg, "extension "+e.name, slices.Concat(e.sources, k.Debug.Sources()))
	if err != nil {
		return "", err
	}
	cell := ""
	if e.cells {
		if cell, err = link.CellProgram(ctx, k); err != nil {
			return "", err
		}
	}
	h := sha256.Sum256(fmt.Appendf(nil, "%s\n%q\n%s\n%s\n%s\n%s\n", e.name, objects, e.exports, cell, digest, link.KitDigest()))
	dir := filepath.Join(k.CacheDir, "support", fmt.Sprintf("%x", h[:12]))
	return dir, kit.Fill(dir, func(tmp string) error {
		record, err := link.Record(k, link.KindHost, "", link.Origin{}, compiler)
		if err != nil {
			return err
		}
		record.Postgres = pg.Major
		module, err := link.File(ctx, k, k.Work, link.Output{Record: record, Exports: e.exports, Flags: link.ModuleFlags}, objects...)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(tmp, e.name+".so"), module, 0o644); err != nil {
			return err
		}
		if e.cells {
			if err := atomicfile.Copy(filepath.Join(tmp, pgstd.CellProgram), cell, pgstd.FileMode(cell)); err != nil {
				return err
			}
		}
		for name, data := range texts {
			if err := os.WriteFile(filepath.Join(tmp, name), data, 0o644); err != nil {
				return err
			}
		}
		return nil
	})
}

// texts are the control file and the SQL scripts, and what identifies them.
func (e *kitExtension) texts() (texts map[string][]byte, digest string, err error) {
	entries, err := fs.ReadDir(pgstd.Files, e.dir)
	if err != nil {
		return nil, "", err
	}
	texts = map[string][]byte{}
	h := sha256.New()
	for _, entry := range entries {
		if suffix := filepath.Ext(entry.Name()); suffix != ".control" && suffix != ".sql" {
			continue // what a server has no use for: source, import lists, a README
		}
		data, err := fs.ReadFile(pgstd.Files, e.dir+"/"+entry.Name())
		if err != nil {
			return nil, "", err
		}
		texts[entry.Name()] = data
		fmt.Fprintf(h, "%s %d\n%s", entry.Name(), len(data), data)
	}
	return texts, fmt.Sprintf("%x", h.Sum(nil)), nil
}
