package target

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/gate"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"golang.org/x/mod/modfile"
)

// Request says what to build.
type Request struct {
	Options
	Dir      string // where the user stands; empty: the current directory
	Package  string // one package, relative to Dir; empty: "."
	PGConfig string // pg_config of the PostgreSQL to build for; empty: the one in PATH
	Major    int    // of the PostgreSQL to build for with a pack, instead of PGConfig
	OutDir   string // where the result goes; empty: Dir
	// Tests puts the package's tests for inside the database into the extension, which nobody
	// should install.
	Tests bool
	// Cover counts which statements of the author's module run, in a build with Tests or of tests.
	Cover bool
}

// Extension is what BuildExtension has built.
type Extension struct {
	Name     string
	Version  string
	Module   string // paths of the files
	Control  string
	SQL      string
	Upgrades []string // scripts that bring an older version to a newer one
	Package  *extension.Package
	Postgres *pgconfig.Config
}

// Files lists the paths of everything that belongs to the extension.
func (e *Extension) Files() []string {
	return append([]string{e.Module, e.Control, e.SQL}, e.Upgrades...)
}

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

// Server says what PostgreSQL a request is for.
func (r *Request) Server(ctx context.Context) (*pgconfig.Config, error) {
	if r.Major != 0 {
		return pgconfig.Of(r.Major)
	}
	return pgconfig.Find(ctx, r.PGConfig)
}

// CheckOutDir finds out early, and for sure, whether results can be put into a folder, which it
// makes if it is not there.
func CheckOutDir(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the output folder: %w; choose another one with -o", err)
	}
	if err := atomicfile.CheckFolder(dir); err != nil {
		return fmt.Errorf("the output folder cannot be written to: %w; choose another one with -o", err)
	}
	return nil
}

// BuildExtension builds an extension from an author's package: a module for one
// PostgreSQL, the control file and the SQL script. Nothing is written into the
// package's folder but, if that is where they go, these three; scripts for upgrades that the
// author has there go with them. They appear when all of them are ready.
func BuildExtension(ctx context.Context, r Request) (*Extension, error) {
	if r.Files {
		return nil, errors.New("a test build, which reads files, cannot be an extension; build it without Files")
	}
	if err := r.absolute(); err != nil {
		return nil, err
	}
	pg, err := r.Server(ctx)
	if err != nil {
		return nil, err
	}
	if err := CheckOutDir(r.OutDir); err != nil {
		return nil, err
	}
	k, err := kit.Open(ctx, r.Options)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	host, err := link.PostgresHost(ctx, k, pg)
	if err != nil {
		return nil, err
	}
	tmp := k.Work
	p, object, from, err := authorObject(ctx, k, r, tmp)
	if err != nil {
		return nil, err
	}
	glue, err := link.Glue(k, tmp, p)
	if err != nil {
		return nil, err
	}
	record, err := link.Record(k, link.KindModule, object, from, host.Compiler)
	if err != nil {
		return nil, err
	}
	record.Postgres = pg.Major
	record.Functions = declarations(p)
	beside, err := host.For(object)
	if err != nil {
		return nil, err
	}
	module, err := link.File(ctx, k, tmp, link.Output{Record: record, Object: object, Exports: link.ModuleExports, Flags: link.ModuleFlags}, append([]string{glue}, beside...)...)
	if err != nil {
		return nil, err
	}
	return r.place(p, pg, module, r.OutDir)
}

// authorObject loads the author's package and builds the Go part, with the
// generated package main, ready to be linked, and says where it comes from.
func authorObject(ctx context.Context, k *kit.Kit, r Request, tmp string) (*extension.Package, string, link.Origin, error) {
	if _, err := link.PackedLibrary(k); err != nil {
		return nil, "", link.Origin{}, err
	}
	dir, pattern := r.where()
	m, err := extension.FindModule(dir)
	if err != nil {
		return nil, "", link.Origin{}, err
	}
	moduleFlags, err := k.Resolve(m, tmp)
	if err != nil {
		return nil, "", link.Origin{}, err
	}
	var tests *Tests
	if r.Tests {
		if tests, err = findTests(ctx, k, dir, pattern, moduleFlags, r.Cover); err == nil {
			err = tests.intoPackage(ctx, k, m)
		}
		if err != nil {
			return nil, "", link.Origin{}, err
		}
	}
	judged, err := gate.Start(ctx, k, m, r.Dir, dir, pattern, moduleFlags)
	if err != nil {
		return nil, "", link.Origin{}, err
	}
	defer judged.Stop()
	p, err := loadPackage(judged.Context(ctx), k, r, moduleFlags, tests)
	if judged.Refused() {
		return nil, "", link.Origin{}, judged.Pass(r.Dir, err)
	}
	if err != nil {
		return nil, "", link.Origin{}, tests.shown(err)
	}
	for _, w := range p.Warnings {
		r.warn(w.Error())
	}
	generated := map[string][]byte{filepath.Join(p.Dir, link.MainDir, "main.go"): p.Main()}
	if tests != nil {
		generated[filepath.Join(p.Dir, link.MainDir, "tests.go")] = tests.main()
	}
	json, err := k.Overlay.With(generated)
	if err != nil {
		return nil, "", link.Origin{}, err
	}
	args := append([]string{"build"}, k.Flags(json)...)
	args = append(args, moduleFlags...)
	if k.Symbols {
		args = append(args, "-gcflags="+p.ImportPath+"="+k.DebugFlag()+" -N -l")
	}
	object, err := k.Archive(judged.Context(ctx), p.Dir, r.Dir, tmp, append(args, "./"+link.MainDir)...)
	if err := judged.Pass(r.Dir, err); err != nil {
		return nil, "", link.Origin{}, tests.shown(err)
	}
	from := link.Origin{Verdict: judged.Record()}
	if judged != nil {
		from.Judged = judged.Result
	}
	return p, object, from, nil
}

// loadPackage reads and checks the author's package, with its tests if they are part of it.
func loadPackage(ctx context.Context, k *kit.Kit, r Request, moduleFlags []string, tests *Tests) (p *extension.Package, err error) {
	dir, pattern := r.where()
	config := extension.LoadConfig{
		Dir:        dir,
		Pattern:    pattern,
		Base:       r.Dir,
		GoVersion:  k.Golang.Version,
		BuildFlags: append(k.Flags(k.Overlay.JSON), moduleFlags...),
		Go:         k.Run,
	}
	if tests != nil {
		config.Files = tests.files
	}
	list := slices.Concat([]string{"list"}, config.BuildFlags, []string{pattern})
	err = k.Fetching(ctx, dir, list, func() error {
		p, err = extension.Load(ctx, config)
		return err
	})
	return p, err
}

// LoadExtension reads and checks an author's package, and builds nothing.
func LoadExtension(ctx context.Context, r Request) (*extension.Package, error) {
	k, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	dir, _ := r.where()
	m, err := extension.FindModule(dir)
	if err != nil {
		return nil, err
	}
	moduleFlags, err := k.Resolve(m, k.Work)
	if err != nil {
		return nil, err
	}
	p, err := loadPackage(ctx, k, r, moduleFlags, nil)
	if err != nil {
		return nil, err
	}
	for _, w := range p.Warnings {
		r.warn(w.Error())
	}
	return p, nil
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
func (r *Request) open(ctx context.Context) (*kit.Kit, error) {
	if err := r.absolute(); err != nil {
		return nil, err
	}
	return kit.Open(ctx, r.Options)
}

// BuildObject builds an author's package as an object of its own, for the
// standalone host, and puts it at path.
func BuildObject(ctx context.Context, r Request, path string) error {
	k, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer k.Close()
	p, object, from, err := authorObject(ctx, k, r, k.Work)
	if err != nil {
		return err
	}
	return link.PlaceObject(ctx, k, k.Work, object, path, from, declarations(p)...)
}

// BuildTest builds the tests of a package as an object that has a main, and
// puts it at path. A package of the standard library is named by its import
// path.
func BuildTest(ctx context.Context, r Request, path string) error {
	k, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer k.Close()
	return program(ctx, k, r, path, "test", "-c", "-vet=off")
}

// BuildMain builds a package main, or a file of one, as an object that has a main, and puts it
// at path.
func BuildMain(ctx context.Context, r Request, path string) error {
	k, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer k.Close()
	return program(ctx, k, r, path, "build")
}

// program builds an object that has a main with a go command.
func program(ctx context.Context, k *kit.Kit, r Request, path string, command ...string) error {
	dir, pattern := r.where()
	moduleFlags, err := resolve(k, dir)
	if err != nil {
		return err
	}
	if r.Cover {
		tests, err := findTests(ctx, k, dir, pattern, moduleFlags, true)
		if err != nil {
			return err
		}
		if err := tests.countPlain(ctx, k); err != nil {
			return err
		}
	}
	args := append(command, k.Flags(k.Overlay.JSON)...)
	args = append(args, moduleFlags...)
	object, err := k.Archive(ctx, dir, r.Dir, k.Work, append(args, pattern)...)
	if err != nil {
		return err
	}
	return link.PlaceObject(ctx, k, k.Work, object, path, link.Origin{})
}

// resolve makes ready to build a program from the module that holds a folder, if one does.
func resolve(k *kit.Kit, dir string) ([]string, error) {
	m, err := extension.FindModule(dir)
	if err != nil {
		return nil, nil // a package of the standard library has none
	}
	if !kit.SupportsKit(m) {
		return nil, k.See(m) // too old for the kit, it can be tested all the same
	}
	return k.Resolve(m, k.Work)
}

// TestReads are what every test with files may read besides its own folder, as far as this
// machine has it: time zones, and that localhost is 127.0.0.1.
func TestReads() []string {
	return slices.DeleteFunc([]string{"/usr/share/zoneinfo", "/etc/hosts"}, func(name string) bool {
		_, err := os.Stat(name)
		return err != nil
	})
}

// declarations are the functions of a package, as SQL sees them.
func declarations(p *extension.Package) []string {
	var list []string
	for i := range p.Functions {
		list = append(list, p.Functions[i].Declaration())
	}
	return list
}

// StandaloneHost returns the path of pgstd-run, the host that runs an object in
// a plain process.
func StandaloneHost(ctx context.Context, o Options) (string, error) {
	k, err := kit.Open(ctx, o)
	if err != nil {
		return "", err
	}
	defer k.Close()
	return link.StandaloneHost(ctx, k)
}
