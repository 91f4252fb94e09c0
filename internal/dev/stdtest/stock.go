package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// checkStock runs tests in stock Go, with one CPU, that the table says do not pass there either.
func (c *config) checkStock(ctx context.Context, s *suite, r *runner, t *table) error {
	jobs, err := s.jobs(ctx, r)
	if err != nil {
		return err
	}
	var wrong []error
	checked := 0
	for _, j := range jobs {
		e := t.find(j.pkg)
		if e == nil || j.files != nil || !c.run.MatchString(j.pkg) {
			continue
		}
		var names []string
		for _, s := range e.skipsFor(&result{Go: r.golang.Version, Target: r.options.Target}) {
			if s.reason == stockToo && !s.unstart {
				names = append(names, regexp.QuoteMeta(s.name))
			}
		}
		if len(names) == 0 {
			continue
		}
		passed, err := r.passesStock(ctx, j, names)
		if err != nil {
			return err
		}
		checked += len(names)
		for _, name := range passed {
			wrong = append(wrong, fmt.Errorf("%s: %s passes in stock Go; find another reason", j.pkg, name))
		}
	}
	fmt.Printf("%s: %d tests do not pass in stock Go either, %d do\n", r.golang.Version, checked-len(wrong), len(wrong))
	return errors.Join(wrong...)
}

// passesStock returns which of the tests of a package pass in stock Go.
func (r *runner) passesStock(ctx context.Context, j job, names []string) ([]string, error) {
	cmd := r.golang.Command(ctx, j.from, []string{"GOMAXPROCS=1", "CGO_ENABLED=0"},
		"test", "-json", "-count=1", "-run=^("+strings.Join(names, "|")+")$", j.pkg)
	out, runErr := cmd.Output()
	var passed []string
	events := 0
	for line := range bytes.Lines(out) {
		var e struct{ Action, Test string }
		if json.Unmarshal(line, &e) != nil {
			continue
		}
		events++
		if e.Action == "pass" && e.Test != "" && !strings.Contains(e.Test, "/") {
			passed = append(passed, e.Test)
		}
	}
	if events == 0 {
		return nil, fmt.Errorf("running the tests of %s in stock Go: %w", j.pkg, runErr)
	}
	return passed, nil
}
