package faults

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// Every fault, in every place, in a session that goes on.
func TestFaults(t *testing.T) {
	server := start(t)
	if _, err := server.Query(t.Context(), placesSetup); err != nil {
		t.Fatal(err)
	}
	for _, group := range groups {
		for _, f := range group.faults {
			t.Run(f.name, func(t *testing.T) {
				if server.emulated && f.real != "" {
					t.Skip(f.real)
				}
				s := server.connect(t)
				for i, p := range places {
					if i == 0 || !f.slow {
						s.try(&f, &p)
					}
				}
				s.tryRecover(&f)
			})
		}
	}
}

// try calls a function that goes wrong, and looks at what there is before and
// after it.
func (s *session) try(f *fault, p *place) {
	s.t.Helper()
	s.must("select tally()")
	s.must("select tally()")
	before := s.tally()
	err := p.run(s, f.name)
	if !f.matches(err) {
		s.t.Errorf("%s: got %s; want %s %s", p.does, describe(err), f.code, f.message)
	}
	if err != nil && !f.traced(err) {
		s.t.Errorf("%s: context %q, detail %q", p.does, err.Where, err.Detail)
	}
	switch after := s.tally(); {
	case f.dies() && !p.other && !p.counts() && after != 1:
		s.t.Errorf("%s: tally %d; want a new world", p.does, after)
	case (!f.dies() || p.other) && after <= before:
		s.t.Errorf("%s: tally %d after %d; want the same world", p.does, after, before)
	}
	s.checkProcess()
}

// counts is true for the place that itself calls tally in the new world.
func (p *place) counts() bool { return p.name == "held cursor" }

// tryRecover does it below a deferred recover.
func (s *session) tryRecover(f *fault) {
	s.t.Helper()
	before := s.tally()
	got, err := s.value("select recovered('" + f.name + "')")
	switch {
	case f.recovers && f.value == "-":
	case f.recovers:
		want := f.value
		if want == "" {
			want = f.message
		}
		if err != nil || !match(want, got) {
			s.t.Errorf("recover: got %q, %v; want %q", got, err, want)
		}
	case f.code == "":
		if err != nil || got != "nil" {
			s.t.Errorf("recover: got %q, %v; want nil", got, err)
		}
	case !f.matches(err):
		s.t.Errorf("recover: got %s; want %s %s", describe(err), f.code, f.message)
	}
	if after := s.tally(); !f.dies() && after != before+1 || f.dies() && after != 1 {
		s.t.Errorf("recover: tally %d after %d", after, before)
	}
	s.checkProcess()
}

func (s *session) tally() int {
	s.t.Helper()
	value, err := s.value("select tally()")
	if err != nil {
		s.t.Fatal(err)
	}
	n, _ := strconv.Atoi(value)
	return n
}

func (f *fault) matches(err *pgconn.PgError) bool {
	if err == nil {
		return f.code == ""
	}
	return err.Code == f.code && match(f.message, err.Message)
}

// traced tells whether the context names the SQL function, and the detail has
// the Go function and its line, and nothing of the runtime's.
func (f *fault) traced(err *pgconn.PgError) bool {
	// Since 17, indexes and materialized views are made with a search_path of their own.
	if !regexp.MustCompile(`^Go function (public\.)?fault\(text\)`).MatchString(err.Where) {
		return false
	}
	return f.untraced || regexp.MustCompile(`(?m)^(panics|deaths|faults)\.go, line \d+, in \S+`).MatchString(err.Detail)
}

// match compares with a pattern in which "…" stands for anything.
func match(pattern, s string) bool {
	quoted := strings.ReplaceAll(regexp.QuoteMeta(pattern), "…", ".*")
	return regexp.MustCompile("(?s)^" + quoted + "$").MatchString(s)
}

func describe(err *pgconn.PgError) string {
	if err == nil {
		return "no error"
	}
	message := err.Message
	if len(message) > 200 {
		message = message[:200]
	}
	return err.Code + " " + message
}
