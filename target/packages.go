package target

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"golang.org/x/tools/go/packages"
)

// Packages answers a question of golang.org/x/tools/go/packages, as its drivers do, from
// the target's point of view: files of the standard library are those that a build
// compiles, and packages that the target lacks are not there.
//
// Flags and environment of the request are left aside. They are those of the target, and
// the go command runs as it does in a build: shut in, and without a network.
func Packages(ctx context.Context, r Request, q *packages.DriverRequest, patterns []string) (*packages.DriverResponse, error) {
	k, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	var moduleFlags []string
	if m, err := extension.FindModule(r.Dir); err == nil {
		if moduleFlags, err = k.Resolve(m, k.Work); err != nil {
			return nil, err
		}
	}
	l := lister{kit: k, dir: r.Dir, query: q}
	l.read(patterns)
	unsaved := map[string][]byte{}
	for name, text := range q.Overlay {
		unsaved[l.original(name)] = text
	}
	json, err := k.Overlay.With(unsaved)
	if err != nil {
		return nil, err
	}
	args := slices.Concat([]string{"-e", "-buildmode=c-archive"}, k.Flags(json), moduleFlags, l.flags())
	var response *packages.DriverResponse
	list := slices.Concat([]string{"list"}, k.Flags(json), moduleFlags, l.patterns)
	err = k.Fetching(ctx, r.Dir, list, func() error {
		found, err := gocmd.List[driven](ctx, k.Run, r.Dir, slices.Concat(args, []string{"--"}, l.patterns)...)
		if err != nil {
			return err
		}
		response = l.response(found)
		for _, p := range found {
			if p.Error == nil {
				continue
			}
			if err := errors.New(p.Error.Err); missingModule(err) {
				return err
			}
		}
		return nil
	})
	if response == nil {
		return nil, err
	}
	return response, nil // what is missing is said at the packages that miss it
}

func missingModule(err error) bool {
	_, some := kit.Missing(err)
	return some
}

// driven is what go list tells of a package, as far as drivers pass it on.
type driven struct {
	ImportPath, Name, Dir, Export                    string
	DepOnly, Standard                                bool
	GoFiles, CgoFiles, CompiledGoFiles               []string
	CFiles, CXXFiles, MFiles, HFiles, FFiles, SFiles []string
	SwigFiles, SwigCXXFiles, SysoFiles               []string
	EmbedFiles, EmbedPatterns, IgnoredGoFiles        []string
	Imports                                          []string
	ImportMap                                        map[string]string
	Error                                            *struct{ Pos, Err string }
}

const drivenFields = "ImportPath,Name,Dir,Export,DepOnly,Standard,GoFiles,CgoFiles,CompiledGoFiles,CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles," +
	"SwigFiles,SwigCXXFiles,SysoFiles,EmbedFiles,EmbedPatterns,IgnoredGoFiles,Imports,ImportMap,Error"

// lister is one question on its way through the go command.
type lister struct {
	kit      *kit.Kit
	dir      string
	query    *packages.DriverRequest
	patterns []string
	files    []string          // that were asked for, in place of patterns
	real     map[string]string // files, by the names that the go command has for them
	virtual  map[string]string // the other way round
}

// read takes the patterns apart: file=NAME asks for the packages that a file belongs to.
func (l *lister) read(patterns []string) {
	l.real, l.virtual = l.kit.Overlay.Files(), map[string]string{}
	for name, file := range l.real {
		l.virtual[file] = name
	}
	for _, p := range patterns {
		if name, ok := strings.CutPrefix(p, "file="); ok {
			name = l.original(name)
			l.files = append(l.files, name)
			l.patterns = append(l.patterns, filepath.Dir(name))
			continue
		}
		l.patterns = append(l.patterns, strings.TrimPrefix(p, "pattern="))
	}
	if len(l.patterns) == 0 {
		l.patterns = []string{"."}
	}
}

// original is the go command's name of a file that a tool has been told of.
func (l *lister) original(name string) string {
	if !filepath.IsAbs(name) {
		name = filepath.Join(l.dir, name)
	}
	return cmp.Or(l.virtual[name], name)
}

// flags say what the mode of the question needs.
func (l *lister) flags() []string {
	const types = packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo
	mode := l.query.Mode
	flags := []string{"-json=" + drivenFields}
	if mode&(packages.NeedCompiledGoFiles|types) != 0 {
		flags = append(flags, "-compiled")
	}
	if mode&packages.NeedExportFile != 0 || mode&packages.NeedTypes != 0 && mode&packages.NeedDeps == 0 {
		flags = append(flags, "-export")
	}
	if mode&(packages.NeedImports|packages.NeedDeps|types) != 0 {
		flags = append(flags, "-deps")
	}
	if l.query.Tests {
		flags = append(flags, "-test")
	}
	return flags
}

func (l *lister) response(found []*driven) *packages.DriverResponse {
	r := &packages.DriverResponse{Compiler: "gc", Arch: l.kit.Target.GOARCH()}
	if parts := strings.Split(l.kit.Golang.Version, "."); len(parts) > 1 {
		r.GoVersion, _ = strconv.Atoi(parts[1])
	}
	seen := map[string]*packages.Package{}
	for _, d := range found {
		if kit.IsAbsent(d.ImportPath) {
			continue // whoever imports it has the error
		}
		p := l.pack(d)
		if before := seen[p.ID]; before != nil {
			// Of a package that somebody imports wrongly there is a second entry.
			before.Errors = append(before.Errors, p.Errors...)
			continue
		}
		seen[p.ID] = p
		r.Packages = append(r.Packages, p)
		if !d.DepOnly && l.wanted(d) {
			r.Roots = append(r.Roots, p.ID)
		}
	}
	return r
}

// wanted reports whether a package is one that was asked for.
func (l *lister) wanted(d *driven) bool {
	if len(l.files) == 0 {
		return true
	}
	return slices.ContainsFunc(l.files, func(name string) bool {
		return filepath.Dir(name) != d.Dir || slices.Contains(d.GoFiles, filepath.Base(name))
	})
}

// pack makes of an answer of the go command one of a driver, whose files are where their
// content is.
func (l *lister) pack(d *driven) *packages.Package {
	path, _, _ := strings.Cut(d.ImportPath, " ")
	p := &packages.Package{
		ID: d.ImportPath, Name: d.Name, PkgPath: path, Dir: d.Dir, ExportFile: d.Export,
		GoFiles:         l.place(d.Dir, d.GoFiles, d.CgoFiles),
		CompiledGoFiles: l.place(d.Dir, d.CompiledGoFiles),
		OtherFiles: l.place(d.Dir, d.CFiles, d.CXXFiles, d.MFiles, d.HFiles, d.FFiles, d.SFiles,
			d.SwigFiles, d.SwigCXXFiles, d.SysoFiles),
		EmbedFiles:    l.place(d.Dir, d.EmbedFiles),
		EmbedPatterns: l.place(d.Dir, d.EmbedPatterns),
		IgnoredFiles:  l.place(d.Dir, d.IgnoredGoFiles),
		Imports:       map[string]*packages.Package{},
	}
	// Assembly is among what the go command calls compiled.
	p.CompiledGoFiles = slices.DeleteFunc(p.CompiledGoFiles, func(name string) bool {
		ext := filepath.Ext(name) // the go command's own files have none
		return ext != ".go" && ext != ""
	})
	if path == "unsafe" {
		p.CompiledGoFiles = nil // its file is documentation
	} else if len(p.CompiledGoFiles) == 0 {
		p.CompiledGoFiles = p.GoFiles
	}
	renamed := maps.Clone(d.ImportMap)
	for as, id := range renamed {
		p.Imports[as] = &packages.Package{ID: id}
	}
	given := slices.Collect(maps.Values(renamed))
	for _, id := range d.Imports {
		if id != "C" && !slices.Contains(given, id) {
			p.Imports[id] = &packages.Package{ID: id}
		}
	}
	if d.Error != nil {
		p.Errors = []packages.Error{{Pos: d.Error.Pos, Msg: strings.TrimSpace(d.Error.Err), Kind: packages.ListError}}
	}
	for id := range p.Imports {
		if kit.IsAbsent(id) {
			delete(p.Imports, id)
			if !d.Standard {
				at := kit.ImportPosition(id, d.Dir, d.GoFiles)
				p.Errors = append(p.Errors, packages.Error{Pos: at, Msg: kit.AbsentError(id).Error(), Kind: packages.ListError})
			}
		}
	}
	return p
}

// place returns the paths of a package's files.
func (l *lister) place(dir string, lists ...[]string) []string {
	var paths []string
	for _, name := range slices.Concat(lists...) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		paths = append(paths, cmp.Or(l.real[name], name))
	}
	return paths
}
