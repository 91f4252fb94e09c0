// Package link makes the files that PostgreSQL loads: it compiles the hosts, links them
// with the Go part and the record of where that comes from, and lets nothing out that
// the object gate refuses.
package link

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/kit"
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
	ModuleExports = "{ global: Pg_magic_func; _PG_init; pgstd_fn_*; pg_finfo_pgstd_fn_*; local: *; };\n"
)

// Output is a file to be linked: what it is and what may be seen of it.
type Output struct {
	Record  *provenance.Record
	Exports string
	Flags   []string // more for the C compiler
}

// File makes a shared object from the given sources and objects, with the record
// of where it comes from, and returns it once the object gate has passed it.
func File(ctx context.Context, k *kit.Kit, tmp string, o Output, inputs ...string) ([]byte, error) {
	script, note, out := filepath.Join(tmp, "exports.map"), filepath.Join(tmp, "note.s"), filepath.Join(tmp, "linked.so")
	if err := os.WriteFile(script, []byte(o.Exports), 0o644); err != nil {
		return nil, err
	}
	if err := os.WriteFile(note, o.Record.Assembly(descriptorSymbol(o.Record)), 0o644); err != nil {
		return nil, err
	}
	args := slices.Concat([]string{"-o", out, "-Wl,--version-script=" + script}, linkFlags, o.Flags)
	if k.Debug != "" {
		args = slices.DeleteFunc(args, func(flag string) bool { return flag == "-s" })
	}
	args = append(args, inputs...)
	if err := k.CompileC(ctx, "linking", append(args, note)...); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	if k.Debug != "" {
		return data, nil // the gate knows of no such host
	}
	if err := object.Verify(data, object.Kind(o.Record.Kind)).Err(); err != nil {
		if o.Record.Postgres != 0 {
			return nil, fmt.Errorf("the object gate refuses what pgbuild %s has built for PostgreSQL %d; a newer pgbuild may know these server headers: %w",
				pgstd.Version, o.Record.Postgres, err)
		}
		return nil, fmt.Errorf("the object gate refuses what was built: %w", err)
	}
	return data, nil
}

// Object links an object, for the standalone host or for a host that maps objects
// itself. It may have no undefined symbol at all. The functions are for its provenance.
func Object(ctx context.Context, k *kit.Kit, tmp, object string, from Origin, functions ...string) ([]byte, error) {
	record, err := Record(ctx, k, kindObject, object, from)
	if err != nil {
		return nil, err
	}
	record.Functions = functions
	return File(ctx, k, tmp, Output{record, objectExports, []string{"-Wl,-z,defs", "-Wl,-e,pgstd_object"}}, object)
}

// PlaceObject links an object and puts it at path.
func PlaceObject(ctx context.Context, k *kit.Kit, tmp, object, path string, from Origin, functions ...string) error {
	data, err := Object(ctx, k, tmp, object, from, functions...)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(path, data, 0o644); err != nil {
		return fmt.Errorf("writing the object: %w", err)
	}
	return nil
}
