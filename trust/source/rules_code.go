package source

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// codeRules are about what Go code says.
var codeRules = []Rule{{
	Name:  "unsafe-import",
	Short: "package unsafe",
	Doc: `Package unsafe makes every promise void: with it, code reads and writes any memory of
the server. A file that imports it is refused, also one that this build leaves out,
if the tags of another one could select it. Tests (_test.go) are no part of a build and are not
judged. A file that asks for nothing but Sizeof, Alignof and Offsetof, which are numbers, is
none of those. What is usually done with unsafe to save a copy (string to []byte) has safe
forms that the compiler optimizes: range over []byte(s), a map lookup with string(b),
strings.Builder.`,
	checkPackage: func(p *pass) {
		for f := range p.parsed {
			for _, spec := range f.Syntax.Imports {
				if importPath(spec) == "unsafe" && !onlySizes(f.Syntax, spec) {
					p.report(spec.Pos(), "package unsafe is imported")
				}
			}
		}
	},
}, {
	Name:  "unsafe-pointer",
	Short: "an expression or object whose type contains unsafe.Pointer",
	Doc: `An unsafe.Pointer can be had without importing unsafe: from reflect.Value.UnsafePointer,
from a module that hands one out under another name, inferred as a type argument, kept
in a variable whose type nobody wrote. Whatever has a type in which unsafe.Pointer
occurs is refused: as itself, or inside a pointer, slice, map, channel, function,
struct, type argument or interface. Fields that a package cannot name do not count:
strings.Builder or sync.Pool hold such pointers and keep them to themselves. What
reflect.Value.UnsafePointer gives may become an interface at once, as a key of a map or
in a composite literal: nothing gets the pointer out again.

A conversion to or from uintptr is no way around it, since only unsafe.Pointer
converts: a uintptr alone is a number, and numbers are not refused.`,
	checkPackage: checkUnsafePointer,
}, {
	Name:  "raw-memory",
	Short: "functions of the standard library that work on raw memory or the machine",
	Doc: `Some functions of the library exist for use with unsafe or reach below Go:
reflect.NewAt, reflect.SliceAt, the methods UnsafePointer and SetPointer of
reflect.Value, reflect.SliceHeader and StringHeader, the pointer functions of sync/atomic,
runtime.Breakpoint, and a few of runtime/debug. Of package syscall, constants, errors
and types are allowed, and the functions that need no kernel (Getenv, Getpagesize,
NsecToTimespec, …): the others fail in a world, or read what a kernel would have written.
Mentioning one is refused, as a call, as a value, and through an embedded field.
reflect.Value.Pointer and UnsafeAddr only give a number and are allowed; atomic.Pointer[T] takes the
place of the functions of sync/atomic.`,
	checkPackage: checkRawMemory,
}, {
	Name:  "empty-array",
	Short: "an index into an array that has no elements",
	Final: true,
	Doc: `An index into an array of length 0, as in

	var a [0][2]string
	s := a[i][j]

can do nothing but panic, and the compiler of Go 1.26 leaves that out: what comes of it is
whatever lies at some place in memory, taken for a string, or a pointer (golang/go#79236). So
it is refused, with every release, and also through a pointer, or a type parameter that may be
such an array. The arrays themselves are fine; [0]func() keeps a struct from being compared.`,
	checkPackage: checkEmptyArray,
}, {
	Name:  "no-body",
	Short: "a function without a body",
	Doc: `The body of such a function comes from assembly or by linkname, so that nobody can
see here what it does. It is refused in every file.`,
	checkPackage: func(p *pass) {
		for f := range p.parsed {
			for _, d := range f.Syntax.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Body == nil {
					p.report(fn.Name.Pos(), "function %s has no body", fn.Name.Name)
				}
			}
		}
	},
}, {
	Name:  "cgo",
	Short: `import "C"`,
	Final: true,
	Doc: `C code has no place in an object: nothing restricts it. A file with import "C" that
some build could take in is refused, and with it every flag for the C compiler and the linker
that a #cgo line could carry.`,
	checkPackage: func(p *pass) {
		for f := range p.parsed {
			for _, spec := range f.Syntax.Imports {
				if importPath(spec) == "C" {
					p.report(spec.Pos(), `import "C": C code cannot be part of an object`)
				}
			}
		}
	},
}, {
	Name:  "directive",
	Short: "a compiler directive that is not on the list",
	Doc: `Directives change what the compiler does behind the language's back: //go:linkname
reaches private functions of the runtime, //go:nosplit takes the check of the stack
away, //go:cgo_* talks to the linker, //go:debug changes settings. Allowed are
//go:build, //go:generate (which no build runs), //go:embed, //go:noinline and
//go:fix. Every other //go: line is refused, in every file and at every place, and so
are //export and //extern. Directives of other tools (//nolint:, //lint:, //pg:) mean
nothing to the compiler.`,
	checkPackage: checkDirectives,
}, lineRule, {
	Name:  "kit-internal",
	Short: "what belongs to the kit alone",
	Final: true,
	Doc: `Packages pg/pgabi and internal/… of the kit speak to the host. They are for the
wrappers that pgbuild generates, which have checked what goes through them. Code of
others uses package pg. A package that pretends to be one of the kit's, by its path,
must have the kit's very content.`,
	checkPackage: checkKitInternal,
}, {
	Name:  "absent-package",
	Short: "a package of the standard library that the target does not have",
	Final: true,
	Doc: `Some packages of the standard library make no sense inside a server, or would undo
what keeps it whole: plugin, runtime/cgo, … "pgbuild std" lists them with the reasons.`,
	checkPackage: checkAbsent,
}, {
	Name:  "reserved",
	Short: "names and folders that pgbuild generates",
	Final: true,
	Doc: `Pgbuild adds a folder pgstd_main with the wrappers to the package that it builds. A
folder of that name would become part of the object without having been judged. Where
generated code shares a package with an author's, names that begin with pgstd and
declarations that take the place of Go's own words (string, nil, len, panic, …) are
refused, and so are dot imports: what is generated must mean what it says.`,
	checkPackage: checkReserved,
}, {
	Name:  "foreign-variable",
	Short: "a function of plgo that changes a variable of another package",
	Final: true,
	Doc: `For functions of plgo alone: the library, package pg and the administrator's modules may be one for
many of them. What one sets would be set for all: http.DefaultClient, os.Stdout, time.Local,
rand.Reader. An assignment to a package variable of another package is refused, also to a field
or an element of it, or of what it points to; so are its address, a method that would take
that, and delete, clear and copy. A value of one's own does the same: an http.Client, a
time.Location, a reader. Functions of the library that set something for the whole program
(slog.SetDefault, log.SetOutput, gob.Register) are not refused, nor are those of the administrator's modules.`,
	checkPackage: checkVariables,
}, {
	Name:  "constant-size",
	Short: "constants that blow up a compiler",
	Final: true,
	Doc: `Thirty lines, each a string constant twice as long as the one before, are a string
of a gigabyte, for the compiler and for this gate. String constants longer than 64 MB
are refused before anybody computes them.`,
	checkPackage: func(p *pass) {
		for _, big := range p.bigStrings {
			p.report(big.Pos(), "a string constant of more than %d MB", maxConstant>>20)
		}
	},
}, {
	Name:  "types",
	Short: "code that does not type-check",
	Final: true,
	Doc: `What cannot be understood cannot be judged. The compiler refuses such code too; the
gate says so for packages whose types are needed to tell what else they do.`,
	checkPackage: func(p *pass) {
		if (p.Info == nil || p.Types == nil) && len(p.bigStrings) == 0 {
			p.reportAt(Position{File: p.Dir}, "package %s has not been type-checked", p.Path)
		}
		for _, e := range p.TypeErrors {
			if rest, ok := strings.CutPrefix(e.Msg, "could not import "); ok {
				path, _, _ := strings.Cut(rest, " ")
				if _, absent := p.env.absent[path]; absent {
					continue // rule "absent-package" says more
				}
				if _, unresolved := p.env.unresolved[path]; unresolved {
					continue // so does the go command
				}
			}
			at := p.Fset.PositionFor(e.Pos, false)
			p.reportAt(Position{at.Filename, at.Line, at.Column}, "%s", e.Msg)
		}
	},
}}

// comments are all comments of a file, each with its markers.
func (f *File) comments(yield func(*ast.Comment) bool) {
	for _, group := range f.Syntax.Comments {
		for _, c := range group.List {
			if !yield(c) {
				return
			}
		}
	}
}

// onlySizes reports whether package unsafe, as a file imports it, is asked for nothing but sizes.
// It looks at names alone: what only looks like a use of the package is taken for one.
func onlySizes(f *ast.File, spec *ast.ImportSpec) bool {
	name := "unsafe"
	if spec.Name != nil {
		name = spec.Name.Name
	}
	if name == "_" || name == "." { // linkname wants the first
		return false
	}
	sizes, all := 0, 0
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == name {
				switch n.Sel.Name {
				case "Sizeof", "Alignof", "Offsetof":
					sizes++
				}
			}
		case *ast.Ident:
			if n.Name == name {
				all++
			}
		}
		return true
	})
	return sizes > 0 && sizes == all
}

// allowedDirectives have no power over what code may do.
var allowedDirectives = map[string]bool{
	"build": true, "generate": true, "embed": true, "noinline": true, "fix": true,
}

func checkDirectives(p *pass) {
	for f := range p.parsed {
		for c := range f.comments {
			switch word, isGo := strings.CutPrefix(c.Text, "//go:"); {
			case isGo:
				if i := strings.IndexAny(word, " \t\r\n"); i >= 0 {
					word = word[:i]
				}
				if !allowedDirectives[word] {
					p.report(c.Slash, "directive //go:%s is not allowed", clip(word))
				}
			case strings.HasPrefix(c.Text, "//export "), strings.HasPrefix(c.Text, "//extern "):
				p.report(c.Slash, "directive %s is not allowed", clip(c.Text))
			}
		}
	}
}

// clip shortens text of others for a message of one line.
func clip(s string) string {
	s, _, more := strings.Cut(s, "\n")
	if r := []rune(s); len(r) > 60 {
		s, more = string(r[:60]), true
	}
	if more {
		s += "…"
	}
	return strings.ToValidUTF8(strings.TrimSuffix(s, "\r"), "?")
}

// rawMemory are functions, methods and types that code of authors must not mention,
// with what to say.
var rawMemory = map[string]string{
	"reflect.NewAt":                     "makes a pointer to any type from any address",
	"reflect.SliceAt":                   "makes a slice of any address",
	"reflect.SliceHeader":               "is the inside of a slice",
	"reflect.StringHeader":              "is the inside of a string",
	"(reflect.Value).UnsafePointer":     "gives an unsafe.Pointer",
	"(reflect.Value).SetPointer":        "sets an unsafe.Pointer",
	"runtime.Breakpoint":                "stops the server in a debugger, or kills it",
	"runtime.SetCgoTraceback":           "registers C functions",
	"runtime/debug.WriteHeapDump":       "writes memory to a file descriptor",
	"runtime/debug.SetPanicOnFault":     "hides damaged memory",
	"sync/atomic.LoadPointer":           "works on unsafe.Pointer; use atomic.Pointer[T]",
	"sync/atomic.StorePointer":          "works on unsafe.Pointer; use atomic.Pointer[T]",
	"sync/atomic.SwapPointer":           "works on unsafe.Pointer; use atomic.Pointer[T]",
	"sync/atomic.CompareAndSwapPointer": "works on unsafe.Pointer; use atomic.Pointer[T]",
}

// withoutKernel are the functions of package syscall that authors may mention.
var withoutKernel = map[string]bool{
	"Environ": true, "Getenv": true, "Setenv": true, "Unsetenv": true, "Clearenv": true,
	"Exit": true, "Getpagesize": true, "Getpid": true, "Getppid": true,
	"Getuid": true, "Geteuid": true, "Getgid": true, "Getegid": true,
	"ByteSliceFromString": true, "BytePtrFromString": true,
	"NsecToTimespec": true, "TimespecToNsec": true, "NsecToTimeval": true, "TimevalToNsec": true,
}

// raw says why authors must not mention something; empty: they may.
func raw(obj types.Object) string {
	name := obj.Pkg().Path() + "." + obj.Name()
	fn, ok := obj.(*types.Func)
	if ok {
		name = fn.Origin().FullName()
	}
	switch why := rawMemory[name]; {
	case why != "":
		return name + " " + why
	case ok && name == "syscall."+fn.Name() && !withoutKernel[fn.Name()]:
		return name + " is for a kernel, which a world does not reach; package os has what works"
	}
	return ""
}

func checkRawMemory(p *pass) {
	if p.Info == nil {
		return // rule "types" refuses the package
	}
	for f := range p.typed {
		kept := keptAway(p, f)
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok || kept[id] {
				return true
			}
			obj := p.Info.Uses[id]
			if obj == nil || obj.Pkg() == nil {
				return true
			}
			if why := raw(obj); why != "" {
				p.report(id.Pos(), "%s", why)
			}
			return true
		})
	}
}

const (
	kitPath  = "github.com/pgstd/pgstd"
	kitABI   = kitPath + "/pg/pgabi"
	kitInner = kitPath + "/pg/internal"
)

func checkKitInternal(p *pass) {
	for f := range p.parsed {
		for _, spec := range f.Syntax.Imports {
			if path := importPath(spec); isPackagePath(path, kitABI) || isPackagePath(path, kitInner) {
				p.report(spec.Pos(), "package %s is for generated code; use %s/pg", path, kitPath)
			}
		}
	}
}

func checkAbsent(p *pass) {
	for f := range p.typed {
		for _, spec := range f.Syntax.Imports {
			if why, absent := p.env.absent[importPath(spec)]; absent {
				p.report(spec.Pos(), "package %s is absent from the target: %s; do without it, or without what imports it", importPath(spec), why)
			}
		}
	}
}

// mainFolder is the folder of the generated package main; see package target.
const mainFolder = "pgstd_main"

func checkReserved(p *pass) {
	for _, o := range p.Others {
		if strings.EqualFold(base(o.Name), mainFolder) {
			p.reportAt(Position{File: o.Name}, "the name %s is taken: pgbuild generates a folder of that name; rename it", mainFolder)
		}
	}
	if base(p.Path) == mainFolder {
		p.reportAt(Position{File: p.Dir}, "the name %s is taken: pgbuild generates a package of that name; rename it", mainFolder)
	}
	shared := false
	for _, f := range p.Files {
		shared = shared || f.Generated
	}
	if !shared {
		return
	}
	for f := range p.parsed {
		for _, spec := range f.Syntax.Imports {
			if spec.Name != nil && spec.Name.Name == "." {
				p.report(spec.Pos(), "a dot import could take the place of names that generated code uses; give the import a name")
			}
		}
		for _, d := range f.Syntax.Decls {
			for _, id := range declared(d) {
				switch {
				case types.Universe.Lookup(id.Name) != nil:
					p.report(id.Pos(), "%s takes the place of a word of Go that generated code uses; choose another name", id.Name)
				case strings.HasPrefix(strings.ToLower(id.Name), "pgstd"):
					p.report(id.Pos(), "names that begin with pgstd are for generated code; choose another name")
				}
			}
		}
	}
}

// declared are the names that a declaration gives to the package.
func declared(d ast.Decl) (names []*ast.Ident) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name)
			case *ast.ValueSpec:
				names = append(names, s.Names...)
			case *ast.ImportSpec:
				if s.Name != nil && d.Tok == token.IMPORT {
					names = append(names, s.Name)
				}
			}
		}
	}
	return names
}
