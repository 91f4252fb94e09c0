package testreport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
)

const printed = `=== RUN   TestA
=== RUN   TestA/b
    a_test.go:5: said
--- FAIL: TestA (0.10s)
    --- FAIL: TestA/b (0.05s)
=== RUN   PgTestC
--- SKIP: PgTestC (0.00s)
    c_test.go:1: not today
FAIL
`

func TestEvents(t *testing.T) {
	for _, size := range []int{1, 7, 1000} {
		var out bytes.Buffer
		r := &Report{JSON: &out}
		s := r.Suite("x")
		for rest := printed; rest != ""; {
			n := min(size, len(rest))
			io.WriteString(s, rest[:n])
			rest = rest[n:]
		}
		s.End(true)
		var got []string
		output := map[string]string{}
		for d := json.NewDecoder(&out); d.More(); {
			var e Event
			if err := d.Decode(&e); err != nil {
				t.Fatal(err)
			}
			if e.Package != "x" || e.Time.IsZero() {
				t.Errorf("%+v", e)
			}
			if e.Action == "output" {
				output[e.Test] += e.Output
				continue
			}
			got = append(got, fmt.Sprint(e.Action, " ", e.Test))
		}
		want := "start |run TestA|run TestA/b|fail TestA/b|fail TestA|run PgTestC|skip PgTestC|fail "
		if strings.Join(got, "|") != want {
			t.Errorf("%q", strings.Join(got, "|"))
		}
		if !strings.Contains(output["PgTestC"], "not today") || !strings.Contains(output["TestA/b"], "said") {
			t.Errorf("%q", output)
		}
	}
}

func TestJUnit(t *testing.T) {
	r := &Report{}
	s := r.Suite("x")
	io.WriteString(s, printed+"\x00\xff")
	s.End(true)
	r.Suite("broken").End(false)
	xml, err := r.JUnit()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<testsuite name="x" tests="3" failures="2" errors="0" skipped="1"`, `<testcase classname="x" name="TestA/b" time="0.050">`,
		"c_test.go:1: not today", `<testsuite name="broken" tests="0" failures="0" errors="1"`} {
		if !strings.Contains(string(xml), want) {
			t.Errorf("no %q in\n%s", want, xml)
		}
	}
}
