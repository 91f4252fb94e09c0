// Package stdprobe calls what the table of the standard library names as
// restricted, on the target, and says what came of it. The test that runs it
// compares that with the table.
package stdprobe

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// probes calls each symbol, as IMPORT/PATH.SYMBOL. What it returns is an error,
// or the value that the table gives.
var probes = map[string]func() any{}

func add(pkg string, more map[string]func() any) {
	for symbol, probe := range more {
		probes[pkg+"."+symbol] = probe
	}
}

// last makes a probe of a call that returns an error last.
func last[T any](_ T, err error) any { return err }

// failing makes a probe of a call that returns an error after two values.
func failing[T, U any](_ T, _ U, err error) any { return err }

// TestProbes prints a line for each probe: its name and what came of it.
func TestProbes(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(probes)) {
		fmt.Fprintf(os.Stdout, "probe %s %s\n", name, outcome(probes[name]))
	}
}

func outcome(probe func() any) (said string) {
	defer func() {
		if v := recover(); v != nil {
			said = fmt.Sprintf("=panic # %v", v)
		}
	}()
	result := probe()
	err, ok := result.(error)
	if !ok {
		return fmt.Sprintf("=%v", result)
	}
	if !errors.Is(err, fs.ErrPermission) {
		return fmt.Sprintf("=error # %v", err)
	}
	// What fmt.Errorf has wrapped is known by what is inside.
	outer := err
	for strings.HasPrefix(fmt.Sprintf("%T", outer), "*fmt.") {
		outer = errors.Unwrap(outer)
	}
	return fmt.Sprintf("%T # %v", outer, err)
}
