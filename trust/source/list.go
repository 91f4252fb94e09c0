package source

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pgstd/pgstd/internal/exportdata"
	"github.com/pgstd/pgstd/internal/gocmd"
	"golang.org/x/mod/module"
)

// Config says what to judge, and how the go command is run.
type Config struct {
	Dir      string   // where the go command runs: Patterns are relative to it
	Patterns []string // empty is "."
	// Go runs a go command.
	Go         gocmd.Run
	BuildFlags []string // -tags, -modfile, -overlay …
	GOARCH     string
	// Library is that of the go command.
	Library exportdata.Library

	// ModuleDir is the folder of the module that is built.
	ModuleDir string
	// Vendored are the replacements that vendor/modules.txt repeats, by the path of what
	// they stand for; a folder has no version.
	Vendored map[string]module.Version
	// ModCache is GOMODCACHE.
	ModCache string
	// Kit says where the files of the kit's packages are, by the names that the go
	// command has for them; empty if the kit itself is being built.
	Kit map[string]string
	// CacheDir keeps what has been found out before; empty keeps nothing. Only the
	// user that pgbuild runs as may be able to write there.
	CacheDir string
	// Key names everything else that decides what code means: toolchain, target,
	// overlay.
	Key string
	// StrictFiles refuses what it finds in files that no build can take in, too.
	StrictFiles bool
	// MaxTime and MaxMemory are what checking the types of one package may take; 0
	// stands for a generous default.
	MaxTime   time.Duration
	MaxMemory int64
	// Compiled, if not nil, is closed when the packages that are judged have been
	// compiled by somebody else, so that this need not be done twice.
	Compiled <-chan struct{}
}

// listed is what go list tells of a package.
type listed struct {
	Dir           string
	ImportPath    string
	Name          string
	Standard      bool
	DepOnly       bool
	GoFiles       []string
	CgoFiles      []string
	CFiles        []string
	CXXFiles      []string
	MFiles        []string
	HFiles        []string
	FFiles        []string
	SFiles        []string
	SwigFiles     []string
	SwigCXXFiles  []string
	SysoFiles     []string
	EmbedFiles    []string
	EmbedPatterns []string
	Imports       []string
	Export        string
	Module        *listedModule
	Error         *struct {
		ImportStack []string
		Pos         string
		Err         string
	}
}

type listedModule struct {
	Path, Version, Dir, GoVersion, Sum string
	Main                               bool
	Replace                            *listedModule
}

const listFields = "Dir,ImportPath,Name,Standard,DepOnly,GoFiles,CgoFiles,CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles,SwigFiles,SwigCXXFiles,SysoFiles,EmbedFiles,EmbedPatterns,Imports,Module,Error"

// list asks the go command for packages and all that they import, dependencies
// first.
func (cfg *Config) list(ctx context.Context, fields string, flags []string, patterns []string) ([]*listed, error) {
	args := append([]string{"-e", "-json=" + fields}, flags...)
	args = append(args, cfg.BuildFlags...)
	return gocmd.List[listed](ctx, cfg.Go, cfg.Dir, append(append(args, "--"), patterns...)...)
}

// built are the files of the folder that go into the build.
func (l *listed) built() []string {
	return slices.Concat(l.GoFiles, l.CgoFiles, l.CFiles, l.CXXFiles, l.MFiles, l.HFiles, l.FFiles, l.SFiles,
		l.SwigFiles, l.SwigCXXFiles, l.SysoFiles)
}

// module makes the Module of a package. A vendor folder, which stands as a replacement
// in what the go command reads, is another place of the same content.
func (l *listed) module(cfg *Config) (*Module, error) {
	m := l.Module
	if m == nil {
		return nil, fmt.Errorf("%s is in no module; make one with: go mod init NAME", l.ImportPath)
	}
	is := &Module{Path: m.Path, Version: m.Version, Sum: m.Sum, Dir: m.Dir, Main: m.Main, goVersion: m.GoVersion}
	r := m.Replace
	switch {
	case r == nil:
	case inside(filepath.Join(cfg.ModuleDir, "vendor"), r.Dir):
		is.Dir, is.goVersion, is.Vendored = r.Dir, r.GoVersion, true
		if replaced, ok := cfg.Vendored[m.Path]; ok {
			is.Replace = &Replacement{replaced.Path, replaced.Version}
		}
		if is.own() {
			return is, nil
		}
		c := is.Content()
		var err error
		is.Sum, err = goSum(cfg.ModuleDir, c.Path, c.Version)
		return is, err
	case r.Version == "":
		is.Replace, is.Sum, is.Dir = &Replacement{Path: r.Path}, "", r.Dir
	default:
		is.Replace, is.Sum, is.Dir, is.goVersion = &Replacement{r.Path, r.Version}, r.Sum, r.Dir, r.GoVersion
	}
	return is, nil
}

// failure is the go command's error about a package, as a finding.
func (l *listed) failure(dir string) Finding {
	f := Finding{Rule: "types", Message: oneLine(gocmd.Remedied(l.Error.Err)), Package: l.ImportPath, Pos: Position{File: cmp.Or(l.Dir, dir)}}
	for text, rule := range refusedByGo {
		if strings.Contains(f.Message, text) {
			f.Rule = rule
		}
	}
	if l.Error.Pos != "" {
		f.Pos = parsePosition(l.Error.Pos, dir)
	}
	return f
}

// refusedByGo are errors of the go command about what a rule refuses too.
var refusedByGo = map[string]string{
	"cannot embed":                                "embed",
	"case-insensitive file name collision":        "file-name",
	"source files not allowed when not using cgo": "foreign-file",
	"use of internal package":                     "kit-internal",
	"ambiguous import: found package":             "import-path",
	"unexpected NUL":                              "source-text",
	"invalid input file name":                     "file-name",
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// parsePosition reads "file:line:col" or less of it.
func parsePosition(s, dir string) Position {
	p := Position{File: s}
	numbers := []int{}
	for range 2 {
		i := strings.LastIndexByte(p.File, ':')
		if i < 0 {
			break
		}
		n, err := strconv.Atoi(p.File[i+1:])
		if err != nil {
			break
		}
		numbers = append([]int{n}, numbers...)
		p.File = p.File[:i]
	}
	if len(numbers) > 0 {
		p.Line = numbers[0]
	}
	if len(numbers) > 1 {
		p.Column = numbers[1]
	}
	if !filepath.IsAbs(p.File) {
		p.File = filepath.Join(dir, p.File)
	}
	return p
}
