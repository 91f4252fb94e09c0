package upgrade

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/sqltext"
)

// Databases of a proof: one that was updated, and one that is new.
const (
	updatedDatabase = "pgstd_updated"
	newDatabase     = "pgstd_new"
)

// Prove creates an old version of an extension in a scratch server that has the scripts of
// both, updates it, and compares what the catalog has of it with the new version's. It returns
// the differences, of which there should be none.
func Prove(ctx context.Context, c *cluster.Cluster, binaries, extension, from, to string) ([]string, error) {
	run := func(database, sql string) error {
		out, err := c.Psql(ctx, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", "SET client_min_messages = warning", "-c", sql).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s\n%s", sql, strings.TrimSpace(string(out)))
		}
		return nil
	}
	name := sqltext.Identifier(extension)
	for _, step := range [][2]string{
		{"postgres", "CREATE DATABASE " + updatedDatabase + " TEMPLATE template0"},
		{"postgres", "CREATE DATABASE " + newDatabase + " TEMPLATE template0"},
		{updatedDatabase, "CREATE EXTENSION " + name + " VERSION " + sqltext.Literal(from) + " CASCADE"},
		{updatedDatabase, "ALTER EXTENSION " + name + " UPDATE TO " + sqltext.Literal(to)},
		{newDatabase, "CREATE EXTENSION " + name + " VERSION " + sqltext.Literal(to) + " CASCADE"},
	} {
		if err := run(step[0], step[1]); err != nil {
			return nil, err
		}
	}
	updated, err := catalog(ctx, c, binaries, updatedDatabase)
	if err != nil {
		return nil, err
	}
	fresh, err := catalog(ctx, c, binaries, newDatabase)
	if err != nil {
		return nil, err
	}
	for _, database := range []string{updatedDatabase, newDatabase} {
		if err := run("postgres", "DROP DATABASE "+database); err != nil {
			return nil, err
		}
	}
	return compare(updated, fresh), nil
}

// catalog is what a database has, by object: pg_dump knows every kind of them, and shows what
// belongs to extensions where it is to be restored by catalog rows.
func catalog(ctx context.Context, c *cluster.Cluster, binaries, database string) (map[string][]string, error) {
	dump := exec.CommandContext(ctx, filepath.Join(binaries, "pg_dump"), "--binary-upgrade", "--schema-only", "-d", database)
	dump.Env = append(os.Environ(), c.Env()...)
	var failed strings.Builder
	dump.Stderr = &failed
	out, err := dump.Output()
	if err != nil {
		return nil, fmt.Errorf("pg_dump: %w\n%s", err, strings.TrimSpace(failed.String()))
	}
	return objects(string(out)), nil
}

// objects takes a dump apart: what it says of each name and kind, in which several objects can
// be one, such as operators. What differs between two databases that are the same is left out:
// OIDs, places of columns that are no more, and the order of what has one name.
func objects(dump string) map[string][]string {
	parts := map[string][]string{}
	key, skip := "", false
	for line := range strings.Lines(dump) {
		line = strings.TrimRight(line, "\n")
		if name, ok := strings.CutPrefix(line, "-- Name: "); ok {
			name, rest, _ := strings.Cut(name, "; Type: ")
			kind, _, _ := strings.Cut(rest, ";")
			key = strings.ToLower(kind) + " " + name
			parts[key] = append(parts[key], "")
			continue
		}
		ends := strings.HasSuffix(line, ";")
		switch {
		case skip:
			skip = !ends
			continue
		case key == "" || line == "" || strings.HasPrefix(line, "--") || strings.HasPrefix(line, `\`),
			strings.Contains(line, "pg_catalog.binary_upgrade_"), strings.Contains(line, `"........pg.dropped.`):
			continue
		case strings.HasPrefix(line, "UPDATE pg_catalog."):
			skip = !ends
			continue
		}
		parts[key][len(parts[key])-1] += strings.TrimSuffix(line, ",") + "\n"
	}
	for _, texts := range parts {
		slices.Sort(texts)
	}
	return parts
}

// compare says how the first differs from the second.
func compare(updated, fresh map[string][]string) []string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(updated)) {
		if _, ok := fresh[key]; !ok {
			list = append(list, key+" is left over after the update; a new installation does not have it")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(fresh)) {
		was, ok := updated[key]
		switch {
		case !ok:
			list = append(list, key+" is missing after the update")
		case !slices.Equal(was, fresh[key]):
			list = append(list, key+" differs; after the update it is\n"+indent(without(was, fresh[key]))+"and in a new installation\n"+indent(without(fresh[key], was)))
		}
	}
	return list
}

// without is what the first has and the second has not; all of it, if that is nothing.
func without(texts, others []string) string {
	rest := slices.DeleteFunc(slices.Clone(texts), func(t string) bool { return slices.Contains(others, t) })
	if len(rest) == 0 {
		rest = texts
	}
	return strings.Join(rest, "")
}

func indent(s string) string {
	return "\t" + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n\t") + "\n"
}
