// Package link makes the files that PostgreSQL loads: it compiles the hosts, links them
// with the Go part and the record of where that comes from, and lets nothing out that
// the object gate refuses.
package link

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/trust/object"
	"github.com/pgstd/pgstd/trust/provenance"
)

const (
	objectExports = "{ global: pgstd_object; local: *; };\n"
	ModuleExports = "{ global: Pg_magic_func; _PG_init; pgstd_worker_main; pgstd_fn_*; pg_finfo_pgstd_fn_*; local: *; };\n"
)

// ModuleFlags are those of an extension's module: what nothing of its own calls is left out of its host, as
// the loader looks up all that the host calls of the server, one by one, in each session.
var ModuleFlags = []string{"--gc-sections"}

// objectFlags are those of an object. It may have no undefined symbol at all.
var objectFlags = []string{"-z", "defs", "-e", "pgstd_object"}

// Output is a file to be linked: what it is and what may be seen of it.
type Output struct {
	Record  *provenance.Record
	Object  string // the Go part, unless it has none
	Exports string
	Flags   []string // more for the linker
}

// File makes a shared object from a Go part and the given objects, with the record of where it comes
// from, and returns it once the object gate has passed it.
func File(ctx context.Context, k *kit.Kit, tmp string, o Output, inputs ...string) ([]byte, error) {
	args, err := o.arguments(k, tmp, inputs)
	if err != nil {
		return nil, err
	}
	out := filepath.Join(tmp, "linked.so")
	stripped := args
	if k.Debug == "" {
		stripped = append([]string{"-s"}, args...)
	}
	if err := ld(ctx, k, out, stripped...); err != nil {
		return nil, err
	}
	data, err := readLinked(k, out)
	if err != nil {
		return nil, err
	}
	if k.Debug != "" {
		return data, nil // the gate knows of no such host
	}
	if err := object.Verify(data, object.Kind(o.Record.Kind)).Err(); err != nil {
		return nil, refusal(o.Record.Postgres, err)
	}
	if k.Symbols && object.Kind(o.Record.Kind) != KindHost {
		// The sections for debuggers, the gate does not know.
		if err := ld(ctx, k, out, args...); err != nil {
			return nil, err
		}
		whole, err := readLinked(k, out)
		if err != nil {
			return nil, err
		}
		if err := sameLoaded(data, whole); err != nil {
			return nil, fmt.Errorf("with symbols, what is loaded is not what the object gate has judged: %w", err)
		}
		return whole, nil
	}
	return data, nil
}

// readLinked reads what the linker has made. Go's cryptographic module compares its own sum only where the
// environment asks for it, which it can in a test build alone.
func readLinked(k *kit.Kit, file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if err == nil && k.Files {
		err = sumFIPS(data)
	}
	return data, err
}

// refusal says what the object gate has refused, for a server's major or 0. What the host imports
// is the kit's business, and nothing that its user could mend.
func refusal(postgres int, err error) error {
	if refused, ok := errors.AsType[*object.RefusedError](err); ok && postgres != 0 && refused.Imports() {
		return fmt.Errorf("the object gate refuses what pgbuild %s has built for PostgreSQL %d; a newer pgbuild may know these server headers: %w",
			pgstd.Version, postgres, err)
	}
	return fmt.Errorf("the object gate refuses what was built: %w", err)
}

// arguments are those of the linker, which makes the same file of them every time.
func (o Output) arguments(k *kit.Kit, tmp string, inputs []string) ([]string, error) {
	script := filepath.Join(tmp, "exports.map")
	if err := os.WriteFile(script, []byte(o.Exports), 0o644); err != nil {
		return nil, err
	}
	args := append([]string{"--version-script=" + script}, o.Flags...)
	if o.Object != "" {
		between, err := bracketed(k, tmp, o.Object)
		if err != nil {
			return nil, err
		}
		args = append(args, between...)
	}
	note, err := noteObject(k, tmp, o.Record)
	if err != nil {
		return nil, err
	}
	return append(append(args, inputs...), note), nil
}

// Object links an object, for the standalone host or for a host that maps objects
// itself. The functions are for its provenance.
func Object(ctx context.Context, k *kit.Kit, tmp, object string, from Origin, functions ...string) ([]byte, error) {
	record, err := Record(k, kindObject, object, from, "")
	if err != nil {
		return nil, err
	}
	record.Functions = functions
	return File(ctx, k, tmp, Output{Record: record, Object: object, Exports: objectExports, Flags: objectFlags})
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

// Base links a base: an object that modules are linked against. It returns it with its
// symbol table, which is not part of any file that is run, and without. Nobody has judged the library and the
// kit's own packages; what is in it besides has an origin.
func Base(ctx context.Context, k *kit.Kit, tmp, object string, from *Origin) (whole, stripped []byte, err error) {
	var record *provenance.Record
	if from != nil {
		record, err = Record(k, kindObject, object, *from, "")
	} else {
		record, err = Record(k, kindObject, "", Origin{}, "")
	}
	if err != nil {
		return nil, nil, err
	}
	record.Go, record.Overlay = k.Golang.Version, k.Overlay.Hash
	o := Output{Record: record, Object: object, Exports: objectExports, Flags: objectFlags}
	if stripped, err = File(ctx, k, tmp, o); err != nil {
		return nil, nil, err
	}
	args, err := o.arguments(k, tmp, nil)
	if err != nil {
		return nil, nil, err
	}
	out := filepath.Join(tmp, "whole.so")
	if err := ld(ctx, k, out, args...); err != nil {
		return nil, nil, err
	}
	whole, err = os.ReadFile(out)
	return whole, stripped, err
}
