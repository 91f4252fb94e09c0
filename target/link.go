package target

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/trust/object"
	"github.com/pgstd/pgstd/trust/provenance"
)

// linkFlags make a shared object that names no library and has no start code.
// The Go part has no undefined symbol; a module's host leaves those of the
// server and its C library, which the server has loaded.
var linkFlags = []string{
	"-shared", "-nostdlib", "-nostartfiles", "-s",
	"-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack", "-Wl,-z,separate-code", "-Wl,--build-id=none", "-Wl,-Bsymbolic",
}

const (
	objectExports = "{ global: pgstd_object; local: *; };\n"
	moduleExports = "{ global: Pg_magic_func; _PG_init; pgstd_fn_*; pg_finfo_pgstd_fn_*; local: *; };\n"
)

// output is a file to be linked: what it is and what may be seen of it.
type output struct {
	record  *provenance.Record
	exports string
	flags   []string // more for the C compiler
}

// link makes a shared object from the given sources and objects, with the record
// of where it comes from, and returns it once the object gate has passed it.
func (k *kit) link(ctx context.Context, tmp string, o output, inputs ...string) ([]byte, error) {
	script, note, out := filepath.Join(tmp, "exports.map"), filepath.Join(tmp, "note.s"), filepath.Join(tmp, "linked.so")
	if err := os.WriteFile(script, []byte(o.exports), 0o644); err != nil {
		return nil, err
	}
	if err := os.WriteFile(note, o.record.Assembly(descriptorSymbol(o.record)), 0o644); err != nil {
		return nil, err
	}
	args := slices.Concat([]string{"-o", out, "-Wl,--version-script=" + script}, linkFlags, o.flags)
	if k.Debug != "" {
		args = slices.DeleteFunc(args, func(flag string) bool { return flag == "-s" })
	}
	args = append(args, inputs...)
	if err := k.cCompile(ctx, "linking", append(args, note)...); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	if k.Debug != "" {
		return data, nil // the gate knows of no such host
	}
	if err := object.Verify(data, object.Kind(o.record.Kind)).Err(); err != nil {
		if o.record.Postgres != 0 {
			return nil, fmt.Errorf("the object gate refuses what pgbuild %s has built for PostgreSQL %d; a newer pgbuild may know these server headers: %w",
				pgstd.Version, o.record.Postgres, err)
		}
		return nil, fmt.Errorf("the object gate refuses what was built: %w", err)
	}
	return data, nil
}

// linkObject links an object, for the standalone host or for a host that maps objects
// itself. It may have no undefined symbol at all. The functions are for its provenance.
func (k *kit) linkObject(ctx context.Context, tmp, object string, from origin, functions ...string) ([]byte, error) {
	record, err := k.record(ctx, kindObject, object, from)
	if err != nil {
		return nil, err
	}
	record.Functions = functions
	return k.link(ctx, tmp, output{record, objectExports, []string{"-Wl,-z,defs", "-Wl,-e,pgstd_object"}}, object)
}

// placeObject links an object and puts it at path.
func (k *kit) placeObject(ctx context.Context, tmp, object, path string, from origin, functions ...string) error {
	data, err := k.linkObject(ctx, tmp, object, from, functions...)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(path, data, 0o644); err != nil {
		return fmt.Errorf("writing the object: %w", err)
	}
	return nil
}
