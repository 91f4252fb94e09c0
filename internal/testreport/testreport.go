// Package testreport turns what tests print, in the form of "go test -v", into the events of
// "go test -json" and into JUnit's XML.
package testreport

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Event is one of "go test -json" (go doc test2json).
type Event struct {
	Time    time.Time `json:",omitzero"`
	Action  string
	Package string
	Test    string   `json:",omitempty"`
	Elapsed *float64 `json:",omitempty"`
	Output  string   `json:",omitempty"`
}

// Report collects events and, with a writer, writes each as a line of JSON.
type Report struct {
	JSON   io.Writer // nil: no events are wanted
	suites []*Suite
}

// Suite is a package's tests, or those of one of its runs: an io.Writer that takes what they print.
type Suite struct {
	report  *Report
	name    string
	start   time.Time
	rest    []byte
	current string   // the test that output belongs to
	pending []result // whose lines have come, but perhaps not all of their output
	done    []result
	outputs map[string]*strings.Builder
	failed  bool
	ended   time.Duration
}

type result struct {
	indent  int
	action  string // pass, fail or skip
	test    string
	elapsed float64
}

// Suite begins the tests of a package.
func (r *Report) Suite(name string) *Suite {
	s := &Suite{report: r, name: name, start: time.Now(), outputs: map[string]*strings.Builder{}}
	r.suites = append(r.suites, s)
	s.emit(Event{Action: "start"})
	return s
}

func (s *Suite) emit(e Event) {
	if s.report.JSON == nil {
		return
	}
	e.Time, e.Package = time.Now(), s.name
	line, err := json.Marshal(e)
	if err != nil {
		panic(err) // it has nothing that could not be JSON
	}
	s.report.JSON.Write(append(line, '\n'))
}

func (s *Suite) Write(p []byte) (int, error) {
	s.rest = append(s.rest, p...)
	for {
		end := bytes.IndexByte(s.rest, '\n')
		if end < 0 {
			return len(p), nil
		}
		s.line(string(s.rest[:end+1]))
		s.rest = s.rest[end+1:]
	}
}

var (
	update = regexp.MustCompile(`^=== (RUN|PAUSE|CONT|NAME) +(\S+)\n$`)
	ending = regexp.MustCompile(`^( *)--- (PASS|FAIL|SKIP): (\S+) \(([0-9.]+)s\)\n$`)
)

func (s *Suite) line(line string) {
	if m := update.FindStringSubmatch(line); m != nil {
		s.flush(0)
		s.current = m[2]
		if m[1] != "NAME" {
			s.emit(Event{Action: strings.ToLower(m[1]), Test: s.current})
		}
		s.output(line)
		return
	}
	if m := ending.FindStringSubmatch(line); m != nil {
		s.flush(len(m[1]))
		elapsed, _ := strconv.ParseFloat(m[4], 64)
		s.current = m[3]
		s.output(line)
		s.pending = append(s.pending, result{len(m[1]), strings.ToLower(m[2]), m[3], elapsed})
		return
	}
	if line == "PASS\n" || line == "FAIL\n" {
		s.flush(0)
		s.current = ""
	}
	s.output(line)
}

func (s *Suite) output(line string) {
	if s.outputs[s.current] == nil {
		s.outputs[s.current] = &strings.Builder{}
	}
	s.outputs[s.current].WriteString(line)
	s.emit(Event{Action: "output", Test: s.current, Output: line})
}

// flush ends the tests whose lines are indented at least that far: what follows is not theirs.
func (s *Suite) flush(indent int) {
	for n := len(s.pending); n > 0 && s.pending[n-1].indent >= indent; n = len(s.pending) {
		last := s.pending[n-1]
		s.pending = s.pending[:n-1]
		s.done = append(s.done, last)
		s.failed = s.failed || last.action == "fail"
		s.emit(Event{Action: last.action, Test: last.test, Elapsed: &last.elapsed})
	}
}

// End ends the suite, which has failed if one of its tests has, or if ok is false.
func (s *Suite) End(ok bool) {
	if len(s.rest) > 0 {
		s.line(string(s.rest) + "\n")
		s.rest = nil
	}
	s.flush(0)
	s.ended = time.Since(s.start)
	s.failed = s.failed || !ok
	action, elapsed := "pass", s.ended.Seconds()
	if s.failed {
		action = "fail"
	}
	s.emit(Event{Action: action, Elapsed: &elapsed})
}

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
	Output   string      `xml:"system-out,omitempty"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr"`
	Name    string     `xml:"name,attr"`
	Time    string     `xml:"time,attr"`
	Failure *junitText `xml:"failure,omitempty"`
	Skipped *junitText `xml:"skipped,omitempty"`
}

type junitText struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit returns the suites that have ended as XML.
func (r *Report) JUnit() ([]byte, error) {
	var all junitSuites
	for _, s := range r.suites {
		suite := junitSuite{Name: s.name, Tests: len(s.done), Time: fmt.Sprintf("%.3f", s.ended.Seconds())}
		for _, t := range s.done {
			c := junitCase{Class: s.name, Name: t.test, Time: fmt.Sprintf("%.3f", t.elapsed)}
			switch t.action {
			case "fail":
				suite.Failures++
				c.Failure = &junitText{"Failed", s.said(t.test)}
			case "skip":
				suite.Skipped++
				c.Skipped = &junitText{"Skipped", s.said(t.test)}
			}
			suite.Cases = append(suite.Cases, c)
		}
		if s.failed && suite.Failures == 0 {
			suite.Errors, suite.Output = 1, s.said("")
		}
		all.Suites = append(all.Suites, suite)
	}
	data, err := xml.MarshalIndent(all, "", "\t")
	return append(append([]byte(xml.Header), data...), '\n'), err
}

func (s *Suite) said(test string) string {
	if s.outputs[test] == nil {
		return ""
	}
	return strings.ToValidUTF8(s.outputs[test].String(), "\uFFFD")
}
