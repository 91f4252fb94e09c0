package source

import (
	"fmt"
	"go/ast"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fileRules are about the files of a package, whatever is in them.
var fileRules = []Rule{{
	Name:  "foreign-file",
	Short: "assembly, C, SWIG and object files",
	Doc: `The go command compiles or links files of other languages that lie beside Go files:
assembly (.s .S .sx), C and its relatives, Fortran, SWIG, and .syso files, which it links
without saying so. Each is machine code that this gate cannot judge, and is refused, unless
no build could take any of a folder's in; so are object files and archives (.o .a). A shared library (.so) is
allowed, since builds write theirs there, and the go command passes it by.`,
	checkPackage: func(p *pass) {
		for _, o := range p.Others {
			if kind := foreign(o.Name); kind != "" && !o.Dir {
				p.reportAt(Position{File: o.Name}, "%s file beside Go files", kind)
			}
		}
	},
}, {
	Name:  ruleHidden,
	Short: "instructions that hide in constants, where assembly is linked",
	Doc: `In the constants of any large program there are bytes that would enter the kernel if a
branch led there. Compiled Go has no such branch. Assembly, which a policy can accept,
can have one: an object with both is refused by the object gate unless the policy
accepts this rule for the module, too, because its branches have been reviewed.`,
}, {
	Name:  "include",
	Short: "assembly that includes files from elsewhere",
	Final: true,
	Doc: `What a reviewed package may have in assembly is judged by hash, file by file. #include
takes in a file that lies beside it, or one of Go's own (textflag.h), by a plain name;
what a path leads to is in no list and no hash.`,
	checkPackage: checkIncludes,
}, {
	Name:  "irregular-file",
	Short: "source that is a symbolic link, a device, or reached through a link",
	Doc: `A link makes the build read a file that is not part of the source: another user's, a
device that never ends, a file that is changed after the check. Go files and the
folders of packages have to be what they seem.`,
	checkPackage: func(p *pass) {
		for _, o := range p.Others {
			if o.Irregular != "" {
				p.reportAt(Position{File: o.Name}, "%s in the place of a source file or folder", o.Irregular)
			}
		}
	},
}, {
	Name:  "file-name",
	Short: "file names that confuse",
	Doc: `A name that is not UTF-8, has control or bidirectional characters, begins with "-", or
differs from another one in nothing but upper and lower case shows a reviewer something
else than what is built; NAME_postgres.go looks as if it were for this target alone,
but to Go the word means nothing there.`,
	checkPackage: checkFileNames,
}, {
	Name:  "source-text",
	Short: "characters that make source look like what it is not",
	Doc: `Go files have to be UTF-8 without NUL, control characters, byte order marks, line
separators other than newline, and without the bidirectional controls of Unicode by
which code can be shown in another order than it is compiled ("trojan source"). In
strings, write them as escapes (\u202e).`,
	checkPackage: checkText,
}, {
	Name:  "identifier",
	Short: "identifiers that mix Latin letters with look-alikes of other alphabets",
	Doc: `An identifier with Latin and Cyrillic, Armenian or Cherokee letters, or full-width
forms, reads like another one that it is not. Names wholly in one alphabet are allowed,
and so are Greek letters beside Latin ones, as formulas have them.`,
	checkPackage: checkIdentifiers,
}, {
	Name:  "syntax",
	Short: "a file that cannot be parsed",
	Doc: `A file that this build leaves out is judged too, if another could take it in, so it has to be Go. Files whose
names begin with _ or . are never built and not looked at.`,
	checkPackage: func(p *pass) {
		for f := range p.judged {
			if f.Err != nil {
				at, what := position(f.Err, f.Name)
				p.reportAt(at, "%s%s", what, NewerLanguage(p.Module.goVersion))
			}
		}
	},
}, {
	Name:  "embed",
	Short: "go:embed of what is not a regular file of the module",
	Doc: `What is embedded becomes readable for everybody who may call the function. It has to
be a regular file inside the module, reached through no link.`,
	checkPackage: checkEmbeds,
}, {
	Name:  "size",
	Short: "source that is too big to be judged",
	Final: true,
	Doc: `A Go file may have 32 MB, all packages of a build together 256 MB, and one folder
20,000 files. What is larger would take the memory of the machine that checks it, and
so would types without measure: checking those of a package may take 5 minutes and
2 GB (half of --limit-memory).`,
}, {
	Name:  "import-path",
	Short: "paths that pass for another package",
	Final: true,
	Doc: `The compiler and the linker treat packages of the standard library by their path. A
module or package whose path begins like one of them (runtime/…, internal/…, sync/…) or like
one of the kit (github.com/pgstd/pgstd/pg/…), is called main, C, unsafe or command-line-arguments, or has characters outside of a path's,
is refused.`,
	checkPackage: checkImportPath,
}}

var (
	// inclusion is a directive of the assembler's preprocessor, or of C's.
	inclusion = regexp.MustCompile(`#[ \t]*(?:include|import|embed)\b[ \t]*("[^"\n]*"|[^\n]*)`)
	// plainInclusion names a file in the same folder, or of Go's.
	plainInclusion = regexp.MustCompile(`^"[A-Za-z0-9_][A-Za-z0-9_.+-]*"$`)
)

func checkIncludes(p *pass) {
	for _, o := range p.Others {
		if !o.Built {
			continue
		}
		f := &File{Name: o.Name, Data: o.Data}
		for _, m := range inclusion.FindAllSubmatchIndex(o.Data, -1) {
			if name := o.Data[m[2]:m[3]]; !plainInclusion.Match(name) {
				p.reportAt(f.offset(m[0]), "#include of %s, which is no plain name of a file beside it", strings.TrimSpace(string(name)))
			}
		}
	}
}

// ruleHidden is what the object gate goes by. It finds nothing in source.
const ruleHidden = "hidden-instruction"

// foreignKinds are the extensions that the go command, or a linker, knows.
var foreignKinds = map[string]string{
	".s": "assembly", ".S": "assembly", ".sx": "assembly", ".asm": "assembly",
	".syso": "object", ".o": "object", ".obj": "object", ".a": "library", ".lib": "library",
	".c": "C", ".h": "C", ".i": "C", ".cc": "C++", ".cpp": "C++", ".cxx": "C++", ".hh": "C++", ".hpp": "C++", ".hxx": "C++", ".inc": "C",
	".m": "Objective-C", ".mm": "Objective-C", ".f": "Fortran", ".F": "Fortran", ".for": "Fortran", ".f90": "Fortran",
	".swig": "SWIG", ".swigcxx": "SWIG",
}

func foreign(name string) string {
	ext := filepath.Ext(name)
	if kind := foreignKinds[ext]; kind != "" {
		return kind
	}
	return foreignKinds[strings.ToLower(ext)]
}

func checkFileNames(p *pass) {
	folded := map[string]string{}
	check := func(name string, goFile bool) {
		short := base(name)
		at := Position{File: strings.ToValidUTF8(name, "?")}
		switch {
		case !utf8.ValidString(short):
			p.reportAt(at, "the file's name is not UTF-8: %q", short)
			return
		case strings.ContainsFunc(short, confusing) || strings.ContainsFunc(short, unicode.IsControl):
			p.reportAt(at, "the file's name has characters that cannot be seen: %q", short)
			return
		case strings.HasPrefix(short, "-"):
			p.reportAt(at, "the file's name begins with -, like a flag")
		}
		if !goFile {
			return
		}
		stem := strings.TrimSuffix(strings.TrimSuffix(short, ".go"), "_test")
		for _, arch := range []string{"", "_amd64", "_arm64"} {
			if strings.HasSuffix(strings.ToLower(stem), "_postgres"+arch) {
				p.reportAt(at, "the file's name looks like a build constraint, but _postgres is none; rename it, and write //go:build if it is meant")
			}
		}
		fold := strings.ToLower(short)
		if first, dup := folded[fold]; dup {
			p.reportAt(at, "the file's name differs from %s in case alone", first)
		}
		folded[fold] = short
	}
	for f := range p.judged {
		check(f.Name, true)
	}
	for _, o := range p.Others {
		check(o.Name, strings.HasSuffix(o.Name, ".go") && !o.Dir)
	}
}

// confusing reports whether a character changes how text is shown rather than being
// shown itself.
func confusing(r rune) bool {
	switch {
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0x061C: // bidirectional
	case r == 0xFEFF, r == 0x2028, r == 0x2029, r == 0x0085: // byte order mark, separators
	case r == 0x200B, r == 0x2060, r >= 0x2061 && r <= 0x2064, r == 0x00AD, r == 0x180E: // invisible
	case r >= 0xE0000 && r <= 0xE007F: // tags
	case r >= 0xFFF9 && r <= 0xFFFB: // annotations
	default:
		return false
	}
	return true
}

func checkText(p *pass) {
	for f := range p.judged {
		if at, what := textFault(f.Data); what != "" {
			p.reportAt(f.offset(at), "%s; write it as an escape, or leave it out", what)
		}
	}
}

// textFault finds the first character that source must not have.
func textFault(data []byte) (at int, what string) {
	for i := 0; i < len(data); {
		c := data[i]
		if c < utf8.RuneSelf {
			switch {
			case c == 0:
				return i, "a NUL byte"
			case c == '\r' && (i+1 >= len(data) || data[i+1] != '\n'):
				return i, "a carriage return that ends no line"
			case c < ' ' && c != '\t' && c != '\n' && c != '\r', c == 0x7f:
				return i, "a control character"
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return i, "a byte that is not UTF-8"
		case confusing(r):
			return i, fmt.Sprintf("an invisible character (%U)", r)
		}
		i += n
	}
	return 0, ""
}

// lookAlike are alphabets with letters that look like Latin ones.
var lookAlike = []*unicode.RangeTable{unicode.Cyrillic, unicode.Armenian, unicode.Cherokee, unicode.Lisu}

func checkIdentifiers(p *pass) {
	for f := range p.parsed {
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && mixed(id.Name) {
				p.report(id.Pos(), "identifier %+q mixes alphabets that look alike", id.Name)
			}
			return true
		})
	}
}

func mixed(name string) bool {
	latin, other := false, false
	for _, r := range name {
		switch {
		case r >= 0xFF00 && r <= 0xFFEF:
			return true // full-width forms
		case r < utf8.RuneSelf:
			latin = latin || r >= 'A' && r != '_'
		case unicode.In(r, lookAlike...):
			other = true
		case unicode.Is(unicode.Latin, r):
			latin = true
		}
	}
	return latin && other
}

func checkEmbeds(p *pass) {
	for _, e := range p.Embeds {
		if e.Irregular != "" {
			p.reportAt(e.Pos, "go:embed takes in %s: %s", clip(e.Name), e.Irregular)
		}
	}
}

func checkImportPath(p *pass) {
	first, _, _ := strings.Cut(p.Path, "/")
	bad := ""
	switch {
	case p.env.std[first]:
		bad = "begins like a package of the standard library"
	case isPackagePath(p.Path, kitPath+"/pg"):
		bad = "begins like a package of the kit" // those are read by readKit, and not judged
	case p.Path == "main" || p.Path == "C" || p.Path == "unsafe" || p.Path == "command-line-arguments":
		bad = "has a meaning of its own to the go command"
	case strings.Map(plain, p.Path) != p.Path:
		bad = "has characters that paths do not have"
	}
	if bad != "" {
		p.reportAt(Position{File: p.Dir}, "the path %s %s; choose another one for the module", clip(p.Path), bad)
	}
}

// plain keeps the characters of an import path and drops all others.
func plain(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-._~/+", r) {
		return r
	}
	return -1
}
