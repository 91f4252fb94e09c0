package backendfuzz

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/pgstd/pgstd/internal/kit"
)

// seeds are those of the short form.
var seeds = []uint64{1, 2, 3}

const (
	shortSteps = 100
	longSteps  = 300
)

// TestFuzz runs sequences against a host as it is shipped, or as PGSTD_FUZZ_HOST says.
func TestFuzz(t *testing.T) { fuzz(t, kit.HostDebug(os.Getenv("PGSTD_FUZZ_HOST")), seeds) }

// TestFuzzAddress runs a few against one in which a read too late shows.
func TestFuzzAddress(t *testing.T) {
	if os.Getenv("PGSTD_FUZZ_HOST") != "" {
		t.Skip("PGSTD_FUZZ_HOST has chosen another one")
	}
	fuzz(t, kit.DebugAddress, seeds[:1])
}

func fuzz(t *testing.T, debug kit.HostDebug, seeds []uint64) {
	var without *regexp.Regexp
	if text := os.Getenv("PGSTD_FUZZ_WITHOUT"); text != "" {
		without = regexp.MustCompile(text)
	}
	var end time.Time
	if text := os.Getenv("PGSTD_FUZZ"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("PGSTD_FUZZ: %v; want a duration such as 5m", err)
		}
		end = time.Now().Add(d)
	}
	if text := os.Getenv("PGSTD_FUZZ_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seeds = []uint64{seed}
	}
	s := start(t, debug)
	if debug != "" {
		s.shows(t, debug)
	}
	if file := os.Getenv("PGSTD_FUZZ_REPLAY"); file != "" {
		s.replay(t, file)
		return
	}
	// What was found once comes first, unless one seed is wanted.
	if os.Getenv("PGSTD_FUZZ_SEED") == "" {
		files, err := filepath.Glob("testdata/*.sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			s.replay(t, file)
		}
	}
	steps := shortSteps
	if !end.IsZero() {
		steps = longSteps
	}
	for _, seed := range seeds {
		s.try(t, fmt.Sprint("seed ", seed), program(seed, steps, without))
	}
	for seed := slices.Max(seeds) + 1; time.Now().Before(end); seed++ {
		s.try(t, fmt.Sprint("seed ", seed), program(seed, steps, without))
	}
}

// replay runs the sequence in a file.
func (s *server) replay(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := parse(string(text))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	s.try(t, filepath.Base(file), steps)
}

// try runs one sequence, and shows the shortest form of it that fails.
func (s *server) try(t *testing.T, name string, steps []step) {
	t.Helper()
	if file := os.Getenv("PGSTD_FUZZ_LOG"); file != "" {
		if err := os.WriteFile(file, []byte(format(steps)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	outcomes, found, err := s.play(t.Context(), steps)
	if err != nil {
		t.Fatal(err, s.crashes(0))
	}
	if file := os.Getenv("PGSTD_FUZZ_LOG"); file != "" {
		text := ""
		for i, o := range outcomes {
			text += fmt.Sprintf("%s--> %s\n", format(steps[i:i+1]), o)
		}
		if err := os.WriteFile(file+".last", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if found == nil {
		t.Logf("%s: %d steps, %v", name, len(steps), time.Since(began).Round(time.Millisecond))
		return
	}
	patience := 2 * time.Minute
	if text := os.Getenv("PGSTD_FUZZ_SHRINK"); text != "" {
		if patience, err = time.ParseDuration(text); err != nil {
			t.Fatalf("PGSTD_FUZZ_SHRINK: %v", err)
		}
	}
	minimal, last := s.shrink(t.Context(), steps, found, time.Now().Add(patience))
	t.Errorf("%s, step %d, as %s: %v\nminimal, %d steps, which end with %s:\n%s", name, found.step, sessions[steps[found.step].session], found, len(minimal), last.kind, format(minimal))
}
