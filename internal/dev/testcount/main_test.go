package main

import (
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// stream makes lines as go test -json prints them, from "action test text".
func stream(t *testing.T, lines ...string) string {
	t.Helper()
	var s strings.Builder
	for _, line := range lines {
		words := append(strings.SplitN(line, " ", 3), "", "")
		e := map[string]any{"Action": words[0], "Package": "p", "Test": words[1], "Output": words[2] + "\n"}
		if strings.HasPrefix(words[0], "build") {
			e["ImportPath"] = "p"
		}
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		s.Write(append(data, '\n'))
	}
	return s.String()
}

func TestCount(t *testing.T) {
	for _, test := range []struct {
		name           string
		lines          []string
		passed, failed int
		shown          string // parts of the output, parted by "|"
		hidden         string
	}{
		{"pass", []string{"run A", "output A quiet", "pass A", "run B", "pass B", "pass"}, 2, 0, "ok\tp", "quiet"},
		{"fail", []string{"run A", "output A loud", "fail A", "run B", "pass B", "fail"}, 1, 1, "loud|FAIL\tp", ""},
		{"subtests", []string{"run A", "run A/x", "pass A/x", "run A/y", "output A/y loud", "fail A/y", "fail A", "fail"}, 1, 1, "loud", ""},
		{"parent alone", []string{"run A", "run A/x", "pass A/x", "output A loud", "fail A", "fail"}, 1, 1, "loud", ""},
		{"deep", []string{"run A", "run A/x", "run A/x/1", "fail A/x/1", "fail A/x", "fail A", "fail"}, 0, 1, "", ""},
		{"skip", []string{"run A", "output A === RUN A", "output A no reason", "skip A", "pass"}, 0, 0, "skip\tp A: no reason", "==="},
		{"panic outside a test", []string{"run A", "pass A", "output  boom", "fail"}, 1, 1, "boom", ""},
		{"said after a failure, of no test", []string{"run A", "output A loud", "fail A", "output  the server crashed", "fail"}, 0, 1, "loud|the server crashed", ""},
		{"ended before a test", []string{"run A", "output A panic: test timed out", "run B", "output B quiet", "pass B", "fail"}, 1, 1, "timed out|FAIL\tp", "quiet"},
		{"does not build", []string{"build-output  broken.go:1", "build-fail", "output  [build failed]", "fail"}, 0, 1, "broken.go:1", ""},
		{"no tests", []string{"output  ? p [no test files]", "skip"}, 0, 0, "", "no test files"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			c := newCounter(&out)
			c.read(strings.NewReader(stream(t, test.lines...)))
			if c.passed != test.passed || c.failed != test.failed {
				t.Errorf("%d passed, %d failed; want %d, %d", c.passed, c.failed, test.passed, test.failed)
			}
			for part := range strings.SplitSeq(test.shown, "|") {
				if !strings.Contains(out.String(), part) {
					t.Errorf("no %q in %q", part, out.String())
				}
			}
			if test.hidden != "" && strings.Contains(out.String(), test.hidden) {
				t.Errorf("%q in %q", test.hidden, out.String())
			}
		})
	}
}

// TestOrder: what is left out, what comes first, and the rest as it was.
func TestOrder(t *testing.T) {
	which := choice{not: regexp.MustCompile("/b$"), first: regexp.MustCompile("/(d|c)$")}
	if got := which.order([]string{"m/a", "m/b", "m/c", "m/ab", "m/d"}); !slices.Equal(got, []string{"m/c", "m/d", "m/a", "m/ab"}) {
		t.Errorf("%v", got)
	}
}

// TestSlowest: the longest come first, what took no time is not worth a line, and a test
// that holds others stands for them.
func TestSlowest(t *testing.T) {
	c := newCounter(io.Discard)
	for _, e := range []event{
		{Action: "run", Package: "p", Test: "A"},
		{Action: "pass", Package: "p", Test: "A/x", Elapsed: 7},
		{Action: "pass", Package: "p", Test: "A", Elapsed: 7.5},
		{Action: "pass", Package: "p", Test: "B", Elapsed: 0.2},
		{Action: "fail", Package: "p", Test: "C", Elapsed: 30},
		{Action: "fail", Package: "p", Elapsed: 40},
		{Action: "pass", Package: "q", Elapsed: 0.1},
	} {
		c.event(e)
	}
	var out strings.Builder
	c.printSlowest(&out)
	want := "slowest packages:\n    40.0s  p\nslowest tests:\n    30.0s  p C\n     7.5s  p A\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
}
