package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pgstd/pgstd/internal/atomicfile"
)

// numbers are counts of top-level tests, examples and fuzz tests.
type numbers struct {
	Passed  int `json:"passed"`
	Skipped int `json:"skipped"`
	Failed  int `json:"failed"`
}

func (n *numbers) add(passed, skipped, failed int) {
	n.Passed += passed
	n.Skipped += skipped
	n.Failed += failed
}

// report is build/stdtest.json: by release and target, then by package.
type report struct {
	numbers
	Runs map[string]*runReport `json:"runs"`
}

type runReport struct {
	numbers
	Packages map[string]*numbers `json:"packages"`
}

// writeReport prints a summary of each run and, if they were whole, writes the numbers.
func writeReport(name string, t *table, results []*result, whole bool) error {
	rep := report{Runs: map[string]*runReport{}}
	var order []string
	for _, r := range results {
		key := r.Go + " " + string(r.Target)
		run := rep.Runs[key]
		if run == nil {
			run = &runReport{Packages: map[string]*numbers{}}
			rep.Runs[key] = run
			order = append(order, key)
		}
		n := &numbers{}
		n.add(r.count(t.find(r.Package)))
		run.Packages[r.Package] = n
		run.add(n.Passed, n.Skipped, n.Failed)
		rep.add(n.Passed, n.Skipped, n.Failed)
	}
	for _, key := range order {
		run := rep.Runs[key]
		all := max(run.Passed+run.Skipped+run.Failed, 1)
		fmt.Printf("%s %s: %d packages, %d passed (%.1f %%), %d skipped, %d failed\n",
			name, key, len(run.Packages), run.Passed, 100*float64(run.Passed)/float64(all), run.Skipped, run.Failed)
	}
	if !whole {
		return nil
	}
	data, err := json.MarshalIndent(rep, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll("build", 0o755); err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join("build", name+"test.json"), append(data, '\n'), 0o644)
}
