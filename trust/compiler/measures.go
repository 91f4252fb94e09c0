package compiler

import (
	"fmt"
	"go/version"
	"slices"
	"strings"
)

// DebugFlag is the compiler flag that every package of an object is compiled with, the
// library and the author's alike. It does not depend on the release: what has been wrong
// once is left off until it has a better record, if that costs little.
func DebugFlag() string {
	var settings []string
	for _, f := range Faults {
		if f.Setting != "" && !slices.Contains(settings, f.Setting) {
			settings = append(settings, f.Setting)
		}
	}
	return "-d=" + strings.Join(settings, ",")
}

// In tells whether a release of Go has the fault, whatever is done about it.
func (f *Fault) In(release string) bool {
	fixed, known := f.Fixed[version.Lang(release)]
	return known && (fixed == "" || version.Compare(release, fixed) < 0)
}

// Open tells whether a release has the fault and nothing keeps it away.
func (f *Fault) Open(release string) bool { return f.In(release) && f.needsRelease() }

// needsRelease tells whether only another release is without the fault.
func (f *Fault) needsRelease() bool { return f.Setting == "" && f.Rule == "" && f.Harmless == "" }

// Check refuses a release with a fault that nothing turns off, and names one without.
func Check(release string) error {
	var open []string
	least := ""
	for i := range Faults {
		f := &Faults[i]
		if !f.Open(release) {
			continue
		}
		open = append(open, f.ID)
		if fixed := f.Fixed[version.Lang(release)]; version.Compare(fixed, least) > 0 {
			least = fixed
		}
	}
	if open == nil {
		return nil
	}
	return fmt.Errorf("its compiler breaks memory safety (%s); use %s or later: GOTOOLCHAIN=%s selects it, https://go.dev/dl/ has it",
		strings.Join(open, ", "), least, least)
}

// Minimum is the oldest release of a minor release that passes Check.
func Minimum(minor string) string {
	least := minor + ".0"
	for i := range Faults {
		f := &Faults[i]
		if fixed := f.Fixed[minor]; f.needsRelease() && version.Compare(fixed, least) > 0 {
			least = fixed
		}
	}
	return least
}

// KeptAway are the faults that a release has and that DebugFlag or the source gate keeps away.
func KeptAway(release string) []*Fault {
	var list []*Fault
	for i := range Faults {
		if f := &Faults[i]; f.In(release) && (f.Setting != "" || f.Rule != "") {
			list = append(list, f)
		}
	}
	return list
}

// Measure says in words what is done about the fault.
func (f *Fault) Measure() string {
	switch {
	case f.Harmless != "":
		return "none: " + f.Harmless
	case f.Setting != "":
		return "`-d=" + f.Setting + "`"
	case f.Rule != "":
		return "the source gate refuses it, by rule `" + f.Rule + "`"
	case f.Fixed == nil:
		return "none: no release that was tried has it"
	}
	return "older releases are refused"
}

// Releases says in words which releases have the fault.
func (f *Fault) Releases() string {
	var in []string
	for _, minor := range []string{"go1.26", "go1.27"} {
		fixed, known := f.Fixed[minor]
		switch name := strings.TrimPrefix(minor, "go"); {
		case !known:
		case fixed == "":
			in = append(in, "all of "+name)
		default:
			in = append(in, name+" before "+strings.TrimPrefix(fixed, "go"))
		}
	}
	text := strings.Join(in, ", ")
	if text == "" {
		text = "none; development only"
	}
	if f.Arch != "" {
		text += " (" + f.Arch + ")"
	}
	return text
}

// Table is the ledger as a table in Markdown.
func Table() string {
	var b strings.Builder
	b.WriteString("| fault | what is wrong | releases | measure |\n|---|---|---|---|\n")
	for i := range Faults {
		f := &Faults[i]
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.ID, f.What, f.Releases(), f.Measure())
	}
	return b.String()
}

// Explain is the ledger as text.
func Explain() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Go without unsafe is memory-safe only if the compiler is right. These faults are known;\neverything that goes into an object is compiled with %s.\n", DebugFlag())
	for i := range Faults {
		f := &Faults[i]
		fmt.Fprintf(&b, "\n%s\n  %s\n  releases: %s\n  measure:  %s\n", f.ID,
			strings.ReplaceAll(f.What, "`", ""), f.Releases(), strings.ReplaceAll(f.Measure(), "`", ""))
	}
	return b.String()
}
