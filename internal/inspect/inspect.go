// Package inspect shows a person what is in a file that pgbuild has made: where it
// comes from, what it consists of, what takes up its space, and the object gate's
// verdict. It judges nothing by itself.
package inspect

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/pgstd/pgstd/trust/object"
	"github.com/pgstd/pgstd/trust/provenance"
)

// File is a file as people look at it. It is also what --json prints.
type File struct {
	Name      string             `json:"file"`
	Size      int                `json:"size"`
	Good      bool               `json:"good"`
	Findings  []object.Finding   `json:"findings"`
	Origin    *provenance.Record `json:"provenance"`
	Std       []string           `json:"std"` // packages of the standard library that have code in it
	Contents  *object.Contents   `json:"contents"`
	Imports   []string           `json:"imports"`
	Exports   []string           `json:"exports"`
	Hidden    []object.Hidden    `json:"hidden"`
	report    *object.Report
	functions int
}

// Read inspects the content of a file.
func Read(name string, data []byte) *File {
	r, c := object.Inspect(data)
	f := &File{
		Name: name, Size: len(data), Good: r.Good(), Findings: r.Findings, Origin: r.Provenance, Std: []string{},
		Contents: c, Imports: r.Imports, Exports: r.Exports, Hidden: r.Hidden,
		report: r, functions: r.GoFunctions + r.HostFunctions,
	}
	for _, p := range c.Packages {
		if p.Module == "std" {
			f.Std = append(f.Std, p.Path)
		}
	}
	slices.Sort(f.Std)
	return f
}

// Verdict is the gate's, in a line.
func (f *File) Verdict() string {
	if !f.Good {
		return "refused"
	}
	s := fmt.Sprintf("good: %d functions, %d instructions, no system call", f.functions, f.report.Instructions)
	if n := len(f.Hidden); n > 0 {
		s += fmt.Sprintf(" (%d hidden in constants, where no branch leads)", n)
	}
	return s
}

// Facts are what the provenance says, for people.
func (f *File) Facts() [][2]string {
	r := f.Origin
	if r == nil {
		return nil
	}
	var list [][2]string
	add := func(name, value string) {
		if value != "" {
			list = append(list, [2]string{name, value})
		}
	}
	what := r.Kind + " for " + r.Target
	if r.Postgres != 0 {
		what += fmt.Sprintf(", PostgreSQL %d", r.Postgres)
	}
	add("kind", what)
	add("package", r.Package)
	add("size", Bytes(uint64(f.Size)))
	add("kit", fmt.Sprintf("pgstd %s, ABI %d, digest %.16s", r.Kit.Version, r.ABI, r.Kit.Digest))
	if r.Go != "" {
		add("toolchain", fmt.Sprintf("%s, overlay %.16s", r.Go, r.Overlay))
	}
	add("C compiler", r.Compiler)
	add("flags", strings.Join(r.Flags, " "))
	if s := r.Source; s != nil {
		add("source gate", strings.Join(append([]string{s.Verdict}, s.Accepted...), ", "))
	} else if r.Kind != string(object.Host) {
		add("source gate", "not asked")
	}
	return list
}

// PublicStd are the packages of the standard library that people know.
func (f *File) PublicStd() []string {
	return slices.DeleteFunc(slices.Clone(f.Std), func(path string) bool {
		return strings.HasPrefix(path, "internal/") || strings.Contains(path, "/internal/") ||
			strings.HasSuffix(path, "/internal") || strings.HasPrefix(path, "vendor/")
	})
}

// Bytes is a size for people.
func Bytes(n uint64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f kB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}

// maxPackages are listed as text; the others are a line.
const maxPackages = 20

// WriteText writes what a terminal shows.
func (f *File) WriteText(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintf(out, "%s\nverdict\t%s\n", f.Name, f.Verdict())
	for _, finding := range f.Findings {
		fmt.Fprintf(out, "\t%v\n", finding)
	}
	for _, fact := range f.Facts() {
		fmt.Fprintf(out, "%s\t%s\n", fact[0], fact[1])
	}
	if r := f.Origin; r != nil {
		rows(out, "functions", r.Functions)
		var modules []string
		for _, m := range r.Modules {
			modules = append(modules, strings.Join(strings.Fields(m.Path+" "+m.Version+" "+replaced(m)+" "+m.Sum), " "))
		}
		rows(out, "modules", modules)
	}
	rows(out, "std", wrap(f.PublicStd(), 76))
	var packages []string
	rest := uint64(0)
	for i, p := range f.Contents.Packages {
		if i < maxPackages {
			packages = append(packages, fmt.Sprintf("%10s  %s", Bytes(p.Size), p.Path))
		} else {
			rest += p.Size
		}
	}
	if n := len(f.Contents.Packages) - maxPackages; n > 0 {
		packages = append(packages, fmt.Sprintf("%10s  %d others", Bytes(rest), n))
	}
	rows(out, "code", packages)
	return out.Flush()
}

// rows writes lines of which only the first has a heading.
func rows(w io.Writer, heading string, lines []string) {
	for _, line := range lines {
		fmt.Fprintf(w, "%s\t%s\n", heading, line)
		heading = ""
	}
}

// wrap joins words to lines.
func wrap(words []string, width int) []string {
	var lines []string
	for _, word := range words {
		if n := len(lines); n > 0 && len(lines[n-1])+1+len(word) <= width {
			lines[n-1] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

// replaced says what stands in a module's place.
func replaced(m provenance.Module) string {
	if m.Replace == nil {
		return ""
	}
	return "=> " + m.Replace.Path + " " + m.Replace.Version
}
