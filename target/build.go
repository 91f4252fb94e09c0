package target

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"golang.org/x/mod/modfile"
)

// Request says what to build.
type Request struct {
	Options
	Dir      string // where the user stands; empty: the current directory
	Package  string // one package, relative to Dir; empty: "."
	PGConfig string // pg_config of the PostgreSQL to build for; empty: the one in PATH
	OutDir   string // where the result goes; empty: Dir
}

// Extension is what BuildExtension has built.
type Extension struct {
	Name     string
	Version  string
	Module   string // paths of the files
	Control  string
	SQL      string
	Package  *extension.Package
	Postgres *pgconfig.Config
}

// Files lists the paths of everything that belongs to the extension.
func (e *Extension) Files() []string { return []string{e.Module, e.Control, e.SQL} }

// mainDir is the folder of the generated package main, inside the author's
// package so that internal packages can be imported. It exists in the overlay only.
const mainDir = "pgstd_main"

// absolute fills in the folders of a request.
func (r *Request) absolute() error {
	var err error
	if r.Dir, err = filepath.Abs(r.Dir); err != nil {
		return err
	}
	if r.OutDir == "" {
		r.OutDir = r.Dir
	}
	r.OutDir, err = filepath.Abs(r.OutDir)
	return err
}

// checkOutDir finds out early, and for sure, whether results can be put there.
func checkOutDir(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the output folder: %w; choose another one with -o", err)
	}
	f, err := os.CreateTemp(dir, ".pgbuild-*")
	if err != nil {
		return fmt.Errorf("the output folder cannot be written to: %w; choose another one with -o", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// BuildExtension builds an extension from an author's package: a module for one
// PostgreSQL, the control file and the SQL script. Nothing is written into the
// package's folder but, if that is where they go, these three. They appear when
// all of them are ready.
func BuildExtension(ctx context.Context, r Request) (*Extension, error) {
	if r.Files {
		return nil, errors.New("a test build, which reads files, cannot be an extension; build it without Files")
	}
	if err := r.absolute(); err != nil {
		return nil, err
	}
	pg, err := pgconfig.Find(ctx, r.PGConfig)
	if err != nil {
		return nil, err
	}
	if err := checkOutDir(r.OutDir); err != nil {
		return nil, err
	}
	k, err := openKit(ctx, r.Options)
	if err != nil {
		return nil, err
	}
	defer k.close()
	host, err := k.postgresHost(ctx, pg)
	if err != nil {
		return nil, err
	}
	tmp := k.work
	p, object, err := k.authorObject(ctx, r, tmp)
	if err != nil {
		return nil, err
	}
	glue := filepath.Join(tmp, "glue.c")
	if err := os.WriteFile(glue, p.Glue(), 0o644); err != nil {
		return nil, err
	}
	record, err := k.record(ctx, kindModule, object)
	if err != nil {
		return nil, err
	}
	record.Postgres = pg.Major
	record.Functions = declarations(p)
	flags := []string{"-O2", "-fPIC", "-fvisibility=hidden", "-ffile-prefix-map=" + tmp + "/="}
	module, err := k.link(ctx, tmp, output{record, moduleExports, flags}, append([]string{object, glue}, host...)...)
	if err != nil {
		return nil, err
	}
	return place(p, pg, module, r.OutDir)
}

// place puts the parts of an extension into the output folder.
func place(p *extension.Package, pg *pgconfig.Config, module []byte, dir string) (*Extension, error) {
	e := &Extension{
		Name:     p.Name,
		Version:  p.Control.DefaultVersion,
		Module:   filepath.Join(dir, p.Name+".so"),
		Control:  filepath.Join(dir, p.Name+".control"),
		SQL:      filepath.Join(dir, p.Name+"--"+p.Control.DefaultVersion+".sql"),
		Package:  p,
		Postgres: pg,
	}
	files := []atomicfile.File{{Path: e.Module, Data: module, Perm: 0o644}, {Path: e.SQL, Data: p.SQL(), Perm: 0o644}}
	if _, err := os.Stat(e.Control); dir != p.Dir || errors.Is(err, fs.ErrNotExist) {
		// Else it is the author's own control file, which stays as it was written.
		files = append(files, atomicfile.File{Path: e.Control, Data: p.ControlFile(), Perm: 0o644})
	}
	if err := atomicfile.WriteAll(files...); err != nil {
		return nil, fmt.Errorf("writing the extension: %w", err)
	}
	return e, nil
}

// authorObject loads the author's package and builds the Go part, with the
// generated package main, ready to be linked.
func (k *kit) authorObject(ctx context.Context, r Request, tmp string) (*extension.Package, string, error) {
	dir, pattern := r.where()
	m, err := extension.FindModule(dir)
	if err != nil {
		return nil, "", err
	}
	moduleFlags, err := k.resolve(m, tmp)
	if err != nil {
		return nil, "", err
	}
	gate, err := k.startGate(ctx, r, m, dir, pattern, moduleFlags)
	if err != nil {
		return nil, "", err
	}
	defer gate.stop()
	if gate != nil {
		k.reviewed = reviewed(gate.policy)
	}
	config := extension.LoadConfig{
		Dir:        dir,
		Pattern:    pattern,
		Base:       r.Dir,
		GoVersion:  k.golang.Version,
		BuildFlags: append(k.flags(k.overlay.JSON), moduleFlags...),
		Go:         k.run,
	}
	var p *extension.Package
	list := slices.Concat([]string{"list"}, config.BuildFlags, []string{pattern})
	err = k.fetching(ctx, dir, list, func() error {
		p, err = extension.Load(gate.context(ctx), config)
		return err
	})
	if gate.refused() {
		return nil, "", gate.pass(r.Dir, err)
	}
	if err != nil {
		return nil, "", err
	}
	json, err := k.overlay.With(map[string][]byte{
		filepath.Join(p.Dir, mainDir, "main.go"): p.Main(),
	})
	if err != nil {
		return nil, "", err
	}
	args := append([]string{"build"}, k.flags(json)...)
	args = append(args, moduleFlags...)
	object, err := k.archive(gate.context(ctx), p.Dir, r.Dir, tmp, append(args, "./"+mainDir)...)
	if err := gate.pass(r.Dir, err); err != nil {
		return nil, "", err
	}
	k.verdict = gate.record()
	if gate != nil {
		k.judged = gate.result
	}
	return p, object, nil
}

// where returns the folder to run the go command in and the package to name
// there. A package that is given as a folder may belong to another module than
// the folder that the user stands in.
func (r *Request) where() (dir, pattern string) {
	if r.Package == "" {
		return r.Dir, "."
	}
	dir = r.Package
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(r.Dir, dir)
	}
	if info, err := os.Stat(dir); err == nil && info.IsDir() && modfile.IsDirectoryPath(r.Package) {
		return dir, "."
	}
	return r.Dir, r.Package
}

// open makes ready what the build of an object takes.
func (r *Request) open(ctx context.Context) (*kit, error) {
	if err := r.absolute(); err != nil {
		return nil, err
	}
	return openKit(ctx, r.Options)
}

// BuildObject builds an author's package as an object of its own, for the
// standalone host, and puts it at path.
func BuildObject(ctx context.Context, r Request, path string) error {
	k, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer k.close()
	p, object, err := k.authorObject(ctx, r, k.work)
	if err != nil {
		return err
	}
	return k.placeObject(ctx, k.work, object, path, declarations(p)...)
}

// BuildTest builds the tests of a package as an object that has a main, and
// puts it at path. A package of the standard library is named by its import
// path.
func BuildTest(ctx context.Context, r Request, path string) error {
	k, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer k.close()
	return k.program(ctx, r, path, "test", "-c", "-vet=off")
}

// BuildMain builds a package main, or a file of one, as an object that has a main, and puts it
// at path.
func BuildMain(ctx context.Context, r Request, path string) error {
	k, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer k.close()
	return k.program(ctx, r, path, "build")
}

// program builds an object that has a main with a go command.
func (k *kit) program(ctx context.Context, r Request, path string, command ...string) error {
	dir, pattern := r.where()
	var moduleFlags []string
	if m, err := extension.FindModule(dir); err == nil {
		if supportsKit(m) {
			moduleFlags, err = k.resolve(m, k.work)
		} else {
			err = k.see(m) // too old for the kit, it can be tested all the same
		}
		if err != nil {
			return err
		}
	}
	args := append(command, k.flags(k.overlay.JSON)...)
	args = append(args, moduleFlags...)
	object, err := k.archive(ctx, dir, r.Dir, k.work, append(args, pattern)...)
	if err != nil {
		return err
	}
	return k.placeObject(ctx, k.work, object, path)
}

// TestReads are what every test with files may read besides its own folder, as far as this
// machine has it: time zones, and that localhost is 127.0.0.1.
func TestReads() []string {
	return slices.DeleteFunc([]string{"/usr/share/zoneinfo", "/etc/hosts"}, func(name string) bool {
		_, err := os.Stat(name)
		return err != nil
	})
}

// PackageDir returns the folder that holds the package of a request.
func PackageDir(ctx context.Context, r Request) (string, error) {
	k, err := r.open(ctx)
	if err != nil {
		return "", err
	}
	defer k.close()
	dir, pattern := r.where()
	out, err := k.command(ctx, dir, "list", "-find", "-f", "{{.Dir}}", pattern).Output()
	if err != nil {
		return "", fmt.Errorf("looking for the folder of %s: %w", pattern, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// linkObject links an object, for the standalone host or for a host that maps objects
// itself. It may have no undefined symbol at all. The functions are for its provenance.
func (k *kit) linkObject(ctx context.Context, tmp, object string, functions ...string) ([]byte, error) {
	record, err := k.record(ctx, kindObject, object)
	if err != nil {
		return nil, err
	}
	record.Functions = functions
	return k.link(ctx, tmp, output{record, objectExports, []string{"-Wl,-z,defs", "-Wl,-e,pgstd_object"}}, object)
}

// placeObject links an object and puts it at path.
func (k *kit) placeObject(ctx context.Context, tmp, object, path string, functions ...string) error {
	data, err := k.linkObject(ctx, tmp, object, functions...)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(path, data, 0o644); err != nil {
		return fmt.Errorf("writing the object: %w", err)
	}
	return nil
}
