package gotest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fake is a host that prints what a test binary would. $SKIPPED is what it is told to leave
// out, $RUN what alone to run.
const fake = `#!/bin/sh
for a; do case $a in
	-test.skip=*) skip=${a#*=};;
	-test.run=*) run=${a#*=};;
esac; done
has() {
	case $skip in *"$1"*) return 1;; esac
	case $run in "") return 0;; *"$1"*) return 0;; esac
	return 1
}
m=$(printf '\026')
`

func program(t *testing.T, script string) *Program {
	t.Helper()
	host := filepath.Join(t.TempDir(), "host")
	if err := os.WriteFile(host, []byte(fake+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return &Program{Host: host, Object: "object", Env: []string{"PATH=" + os.Getenv("PATH")}, Silence: 10 * time.Minute}
}

func TestRun(t *testing.T) {
	for _, test := range []struct {
		name, script string
		want         string // name:outcome, in order
		said         string // in the message of the last
		problem      string
	}{
		{"verdicts", `
echo "$m=== RUN   TestA"; echo "$m=== RUN   TestA/sub"; echo "    $m--- PASS: TestA/sub (0.0s)"; echo "$m--- PASS: TestA (0.00s)"
printf '%s' "no newline"; echo "$m=== RUN   TestB"; echo "why not"; echo "$m--- SKIP: TestB (0.00s)"
echo "$m=== RUN   ExampleC"; echo "C is bad"; echo "$m--- FAIL: ExampleC (0.00s)"
echo "${m}FAIL"; exit 1`, "TestA:pass TestB:skip ExampleC:fail", "C is bad", ""},
		{"death", `
has TestA && { echo "$m=== RUN   TestA"; echo "$m--- PASS: TestA (0.00s)"; }
has TestB && { echo "$m=== RUN   TestB"; echo "ERROR:  38000: boom" >&2; exit 3; }
has TestC && { echo "$m=== RUN   TestC"; echo "$m--- PASS: TestC (0.00s)"; }
echo "${m}PASS"`, "TestA:pass TestB:died TestC:pass", "", ""},
		{"the wrong one is blamed", `
has TestA && { echo "$m=== RUN   TestA"; [ -z "$run" ] && { echo "$m=== PAUSE TestA"; echo "$m=== CONT  TestA"; }; }
has TestB && { echo "$m=== RUN   TestB"; }
[ -z "$run" ] && has TestA && has TestB && { echo boom >&2; exit 3; }
has TestB && echo "$m--- PASS: TestB (0.00s)"
has TestA && { echo boom >&2; exit 3; }
echo "${m}PASS"`, "TestB:pass TestA:died", "boom", ""},
		{"outside", `echo "no luck" >&2; exit 2`, "", "", "outside of any test: exit code 2: no luck"},
		{"outside with no output", `exit 0`, "", "", "exit code 0 and no output"},
		{"not started", `
has TestA && echo "$m=== RUN   TestA" && exit 3
echo "$m=== RUN   TestB"; echo "$m--- PASS: TestB (0.00s)"; echo "${m}PASS"`, "TestB:pass", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := program(t, test.script)
			if test.name == "not started" {
				p.Leave = []string{"TestA"}
			}
			tests, err := p.Run(t.Context())
			if problem := ""; err != nil {
				if problem = err.Error(); test.problem == "" || !strings.Contains(problem, test.problem) {
					t.Errorf("error %q, want %q", problem, test.problem)
				}
			} else if test.problem != "" {
				t.Errorf("no error, want %q", test.problem)
			}
			var got []string
			for _, v := range tests {
				got = append(got, v.Name+":"+string(v.Outcome))
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %v, want %s", got, test.want)
			}
			if n := len(tests); n > 0 && !strings.Contains(tests[n-1].Message, test.said) {
				t.Errorf("message %q, want %q", tests[n-1].Message, test.said)
			}
		})
	}
}

func TestHung(t *testing.T) {
	p := program(t, `
has TestA && { echo "$m=== RUN   TestA"; exec sleep 600; }
echo "$m=== RUN   TestB"; echo "$m--- PASS: TestB (0.00s)"; echo "${m}PASS"`)
	p.Silence = 2 * time.Second
	tests, err := p.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(tests) != 2 || tests[0].Outcome != Hung || tests[1].Outcome != Pass {
		t.Errorf("got %v", tests)
	}
}

func TestTailKeepsBothEnds(t *testing.T) {
	var s tail
	s.Write([]byte("first"))
	for range 100 {
		s.Write([]byte(strings.Repeat("x", 10_000)))
	}
	s.Write([]byte("last"))
	if got := Clip(s.String()); !strings.HasPrefix(got, "first") || !strings.HasSuffix(got, "last") || len(got) > 4000 {
		t.Errorf("%d bytes: %.20s ... %s", len(got), got, got[len(got)-20:])
	}
}

// What skips itself is run again with other flags, and what misses the network where there is one.
func TestLong(t *testing.T) {
	for network, want := range map[bool]Outcome{false: Skip, true: Pass} {
		p := program(t, `
case "$*" in *-long*) long=1;; esac
for name in TestShort TestFar; do
	has $name || continue
	echo "$m=== RUN   $name"
	if [ "$long" ]; then echo "$m--- PASS: $name (0.00s)"; continue; fi
	[ $name = TestFar ] && echo "no external network in short mode"
	echo "$m--- SKIP: $name (0.00s)"
done
echo "${m}PASS"`)
		p.Long, p.Network = []string{"-long"}, network
		tests, err := p.Run(t.Context())
		if err != nil || len(tests) != 2 || tests[0].Outcome != Pass || tests[1].Outcome != want {
			t.Errorf("network %t: %v %v", network, tests, err)
		}
	}
}
