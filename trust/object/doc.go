// Package object is the object gate: it says of a finished ELF file whether it is
// what pgbuild makes and nothing more, without a look at its source and without
// running it.
//
// It judges two kinds of ELF files: objects, which hold Go code and its runtime only
// and refer to nothing outside, and modules, in which an object is linked with the
// postgres host. The rules are in [Rules]. The verdict rests on what the dynamic
// loader will do (program headers, dynamic section, relocations) and on the
// machine code, all of it; section headers, which no loader reads, are compared
// with that. Whatever the gate does not know is refused.
//
// Of the code it says: every executable byte belongs to a function of the Go
// runtime's own table, or of the unwind table of the host's C code, or is padding;
// every function is a sequence of known instructions, none of which enters the
// kernel; every direct branch, and every code pointer in data, leads to the start
// of an instruction. It does not follow computed branches: that they go where the
// compiler meant them to is the matter of memory safety, which the source gate is
// there for. Nor does it judge what a module's host does with the functions that
// it imports: that is what the signature, or building it again, is for.
//
// Modules of a base, which are no ELF files, are judged against it, together with what the runtime follows in them:
// see [VerifyShared].
//
// It is for builds, and for whoever receives a file: pgbuild verify and inspect.
package object

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pgstd/pgstd/trust/provenance"
)

// Kind is what a file is to whom it is given.
type Kind string

const (
	// Object is Go code alone, for a host that loads objects.
	Object Kind = "object"
	// Module is an object and the postgres host, for PostgreSQL.
	Module Kind = "module"
	// Shared is a module of a base: see VerifyShared.
	Shared Kind = "shared"
	// Host is the postgres host alone, for PostgreSQL: the kit's own extensions.
	Host Kind = "host"
)

// Finding is something that a rule refuses.
type Finding struct {
	Rule string `json:"rule"`
	What string `json:"what"`
}

func (f Finding) String() string { return f.What + " (" + f.Rule + ")" }

// Hidden is a byte sequence that would enter the kernel, inside of a longer
// instruction or of a constant among code. No direct branch leads there.
type Hidden struct {
	Address  uint64 `json:"address"`
	Function string `json:"function"`
}

// Report is what the gate has found out.
type Report struct {
	Kind     Kind      `json:"kind"`
	Machine  string    `json:"machine"` // as Go calls it
	Size     int       `json:"size"`
	Findings []Finding `json:"findings"` // empty: the file is good
	More     int       `json:"more"`     // findings beyond MaxFindings
	Imports  []string  `json:"imports"`
	Exports  []string  `json:"exports"`

	// Provenance is what the file says of itself; nil if it could not be read.
	Provenance *provenance.Record `json:"provenance"`

	GoFunctions   int      `json:"goFunctions"`
	HostFunctions int      `json:"hostFunctions"`
	Instructions  int      `json:"instructions"`
	Hidden        []Hidden `json:"hidden"`
}

// MaxFindings is how many findings a report lists.
const MaxFindings = 50

// Good says that nothing was found.
func (r *Report) Good() bool { return len(r.Findings) == 0 }

// Err is nil if the file is good, and else says what is wrong.
func (r *Report) Err() error {
	if r.Good() {
		return nil
	}
	return &RefusedError{Findings: r.Findings, More: r.More}
}

// RefusedError says why a file was refused.
type RefusedError struct {
	Findings []Finding
	More     int
}

func (e *RefusedError) Error() string {
	var lines []string
	for _, f := range e.Findings {
		lines = append(lines, f.String())
	}
	if e.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", e.More))
	}
	return strings.Join(lines, "\n")
}

// Imports reports whether all that is wrong is what the file imports, which is a matter of the
// C library and the server's headers.
func (e *RefusedError) Imports() bool {
	return !slices.ContainsFunc(e.Findings, func(f Finding) bool { return f.Rule != ruleImports })
}

// Verify judges a file. A kind that is not empty is the one that the file has to
// be of; else what it exports decides.
func Verify(data []byte, kind Kind) *Report {
	g := newGate(data, kind)
	g.run()
	g.sort()
	return g.Report
}

func newGate(data []byte, kind Kind) *gate {
	r := &Report{Kind: kind, Size: len(data), Findings: []Finding{}, Imports: []string{}, Exports: []string{}, Hidden: []Hidden{}}
	return &gate{Report: r, data: data}
}

// sort gives the report's lists an order that people find things in.
func (g *gate) sort() {
	slices.Sort(g.Imports)
	slices.Sort(g.Exports)
}

// gate is one file on its way through the rules.
type gate struct {
	*Report
	data []byte

	arch     *arch
	entry    uint64
	segments []segment
	code     *segment // the one that can be executed
	writable *segment
	relro    span
	special  map[uint32]segment // segments that are about the others, by type
	notes    []note

	dynamic   map[int64]uint64
	symbols   []symbol
	slots     map[uint64]int  // relocated words that hold an imported symbol
	pointers  []pointer       // relocated words that hold an address of the file
	sections  map[string]span // of addresses; what checkLayout has found right
	object    *descriptor     // nil in a host
	functions []function      // of Go and the host, by address
	goText    span
	goEnd     uint64 // where the table of functions says that it ends; padding follows
}

// run applies the rules in the order in which they rely on each other. Each step
// says whether those after it have something to stand on.
func (g *gate) run() {
	for _, step := range []func() bool{
		g.checkHeader, g.checkSegments, g.checkDynamic, g.checkSymbols, g.checkRelocations,
		g.checkLayout, g.checkNotes, g.checkConstructor, g.checkCode, g.checkProvenance,
	} {
		if !step() {
			return
		}
	}
}

// refuse records a finding. It returns false, for use as a step's result.
func (g *gate) refuse(rule, format string, args ...any) bool {
	if len(g.Findings) >= MaxFindings {
		g.More++
		return false
	}
	g.Findings = append(g.Findings, Finding{Rule: rule, What: printable(fmt.Sprintf(format, args...))})
	return false
}

// printable shows what would do something to a terminal as escapes: names come from the file.
func printable(s string) string {
	var b strings.Builder
	for i, c := range s {
		switch {
		case c == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case strconv.IsPrint(c):
			b.WriteRune(c)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(c), "'"))
		}
	}
	return b.String()
}

// span is a range of addresses or offsets.
type span struct{ start, end uint64 }

func (s span) size() uint64         { return s.end - s.start }
func (s span) holds(a uint64) bool  { return a >= s.start && a < s.end }
func (s span) covers(t span) bool   { return t.start >= s.start && t.end <= s.end && t.start <= t.end }
func (s span) overlaps(t span) bool { return s.start < t.end && t.start < s.end }
func sized(start, size uint64) (s span, ok bool) {
	return span{start, start + size}, start+size >= start
}
