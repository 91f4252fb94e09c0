package target

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/regular"
	"github.com/pgstd/pgstd/trust/object"
	"github.com/pgstd/pgstd/trust/provenance"
)

// DifferentError says that a file is not what its source is built to.
type DifferentError struct {
	File string
	What string // the first difference, in words
}

func (e *DifferentError) Error() string {
	return fmt.Sprintf("%s is not what its source gives: %s", e.File, e.What)
}

// Rebuild builds the package of a request with what the provenance of a file says, the
// target and the release of Go, and compares the result with the file, byte by byte.
// An error is a *DifferentError if all was built and is not the same. Nothing is kept.
func Rebuild(ctx context.Context, r Request, file string) error {
	data, err := regular.ReadNamed(file, regular.Object)
	if err != nil {
		return fmt.Errorf("reading the file to compare with: %w", err)
	}
	report := object.Verify(data, "")
	if err := report.Err(); err != nil {
		return fmt.Errorf("%s is nothing that pgbuild makes: %w", file, err)
	}
	said := report.Provenance
	if digest := link.KitDigest(); said.Kit.Digest != digest {
		return fmt.Errorf("%s was made by pgbuild %s with the digest %.12s, and this is %s with %.12s; rebuild it with that pgbuild",
			file, said.Kit.Version, said.Kit.Digest, pgstd.Version, digest)
	}
	if r.Go == "" {
		r.Go = said.Go
	}
	r.Target = Target(said.Target)
	made, remove, err := r.again(ctx, said)
	if err != nil {
		return err
	}
	defer remove()
	built, err := os.ReadFile(made)
	if err != nil {
		return err
	}
	if bytes.Equal(data, built) {
		return nil
	}
	return &DifferentError{File: file, What: difference(data, built)}
}

// again builds what a record is about and returns its path.
func (r *Request) again(ctx context.Context, said *provenance.Record) (string, func(), error) {
	tmp, remove, err := kit.Workspace()
	if err != nil {
		return "", nil, err
	}
	made := filepath.Join(tmp, "object.so")
	switch object.Kind(said.Kind) {
	case object.Object:
		err = BuildObject(ctx, *r, made)
	case object.Module:
		var pg *pgconfig.Config
		if pg, err = pgconfig.Find(ctx, r.PGConfig); err == nil && pg.Major != said.Postgres {
			err = fmt.Errorf("the file is for PostgreSQL %d, and %s is of %d; name the right pg_config with --pg-config", said.Postgres, pg.Path, pg.Major)
		}
		if err != nil {
			break
		}
		r.OutDir = tmp
		var e *Extension
		if e, err = BuildExtension(ctx, *r); err == nil {
			made = e.Module
		}
	default:
		err = fmt.Errorf("a file of the kind %q is built from no package; only objects and modules are", said.Kind)
	}
	if err != nil {
		remove()
		return "", nil, err
	}
	return made, remove, nil
}

// difference tells the first one, in the words that say most: what the two are made of,
// and else where they part.
func difference(file, built []byte) string {
	said, is := object.Verify(file, "").Provenance, object.Verify(built, "").Provenance
	if said != nil && is != nil {
		if what := differentRecords(said, is); what != "" {
			return what
		}
	}
	at := 0
	for at < min(len(file), len(built)) && file[at] == built[at] {
		at++
	}
	where := "at byte " + fmt.Sprint(at)
	if section := sectionAt(built, at); section != "" {
		where += ", in " + section
	}
	if len(file) != len(built) {
		where += fmt.Sprintf("; it has %d bytes, and its source gives %d", len(file), len(built))
	}
	return "they part " + where
}

// differentRecords compares records field by field, after the content of their packages,
// which says most.
func differentRecords(said, is *provenance.Record) string {
	for _, p := range said.Packages {
		i := slices.IndexFunc(is.Packages, func(q provenance.Package) bool { return q.Path == p.Path })
		if i >= 0 && is.Packages[i].Sum != p.Sum {
			return fmt.Sprintf("its provenance says that package %s is %s, and here it is %s", p.Path, p.Sum, is.Packages[i].Sum)
		}
	}
	a, b := fields(said), fields(is)
	for i, f := range a {
		if i < len(b) && f != b[i] {
			return fmt.Sprintf("its provenance says %s, and here it is %s", f, b[i])
		}
	}
	if len(a) != len(b) {
		return fmt.Sprintf("its provenance says %s, and here it is %s", strings.Join(a[min(len(a), len(b)):], ", "), strings.Join(b[min(len(a), len(b)):], ", "))
	}
	return ""
}

// fields are a record's, each as JSON has it.
func fields(r *provenance.Record) []string {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(r.Encode(), &raw); err != nil {
		panic(err) // it has just been encoded
	}
	var list []string
	for name, value := range raw {
		list = append(list, name+" "+string(value))
	}
	slices.Sort(list)
	return list
}

// sectionAt names the section that holds an offset of a file.
func sectionAt(data []byte, at int) string {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return ""
	}
	for _, s := range f.Sections {
		if s.Type != elf.SHT_NOBITS && s.Type != elf.SHT_NULL && uint64(at) >= s.Offset && uint64(at) < s.Offset+s.FileSize {
			return s.Name
		}
	}
	return ""
}
