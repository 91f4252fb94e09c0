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
	"strings"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/pgconfig"
)

const (
	// SupportName is the name of the extension that comes with the kit: SQL for
	// what sessions share, whatever extensions they use.
	SupportName    = "pgstd"
	supportDir     = "host/postgres/companion"
	supportExports = "{ global: Pg_magic_func; _PG_init; pgstd_companion_*; pg_finfo_pgstd_companion_*; local: *; };\n"
)

// It is made of the parts of the host that do without an object.
var supportSources = append([]string{
	"postgres/companion/companion.c", "postgres/shared.c", "postgres/limits.c", "postgres/signals.c",
}, coreSources...)

// BuildSupport builds the extension SupportName for the PostgreSQL of a request
// and returns the paths of its files, which are in the cache.
func BuildSupport(ctx context.Context, r Request) ([]string, error) {
	pg, err := pgconfig.Find(ctx, r.PGConfig)
	if err != nil {
		return nil, err
	}
	k, err := openKit(ctx, r.Options)
	if err != nil {
		return nil, err
	}
	defer k.close()
	texts, digest, err := supportTexts()
	if err != nil {
		return nil, err
	}
	flags := postgresFlags(pg)
	dir, err := k.buildHost(ctx, "support", flags, fmt.Sprintf("%s %s %q", pg.Version, digest, supportSources), func(flags []string, src, out string) error {
		var inputs []string
		for _, source := range supportSources {
			inputs = append(inputs, filepath.Join(src, source))
		}
		record, err := k.record(ctx, kindHost, "")
		if err != nil {
			return err
		}
		record.Postgres = pg.Major
		module, err := k.link(ctx, k.work, output{record, supportExports, flags}, inputs...)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, SupportName+".so"), module, 0o644); err != nil {
			return err
		}
		for name, data := range texts {
			if err := os.WriteFile(filepath.Join(out, name), data, 0o644); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	files := []string{filepath.Join(dir, SupportName+".so")}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		files = append(files, filepath.Join(dir, name))
	}
	return files, nil
}

// supportTexts are the control file and the SQL scripts, and what identifies them.
func supportTexts() (texts map[string][]byte, digest string, err error) {
	entries, err := fs.ReadDir(pgstd.Files, supportDir)
	if err != nil {
		return nil, "", err
	}
	texts = map[string][]byte{}
	h := sha256.New()
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".c") {
			continue
		}
		data, err := fs.ReadFile(pgstd.Files, supportDir+"/"+e.Name())
		if err != nil {
			return nil, "", err
		}
		texts[e.Name()] = data
		fmt.Fprintf(h, "%s %d\n%s", e.Name(), len(data), data)
	}
	return texts, fmt.Sprintf("%x", h.Sum(nil)), nil
}
