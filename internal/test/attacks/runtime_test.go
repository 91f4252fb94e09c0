package attacks

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/test/clusters"
	"github.com/pgstd/pgstd/target"
)

// TestRuntime tries what passes both gates, since nothing is wrong with the code: in a
// backend it does no harm. All attempts are functions of one extension.
func TestRuntime(t *testing.T) {
	var tries []*attempt
	dir := t.TempDir()
	put := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("go.mod", []byte("module example.org/attacks\n\ngo 1.26\n"))
	for _, a := range attempts(t) {
		if a.stop == "runtime" {
			tries = append(tries, a)
			put(a.name+".go", a.archive.Files[0].Data)
		}
	}
	request := target.Request{Dir: dir, OutDir: t.TempDir()}
	e, err := target.BuildExtension(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	// With the program of cells.
	support, err := target.BuildSupport(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, e, support...)
	for _, a := range tries {
		t.Run(a.name, func(t *testing.T) {
			psql := c.Psql(t.Context(), "-XAtq", "-f", "-")
			// The session that tried has to go on.
			psql.Stdin = strings.NewReader("\\set VERBOSITY verbose\n" + a.key("sql") + ";\nselect 'alive';\n")
			var stdout, stderr bytes.Buffer
			psql.Stdout, psql.Stderr = &stdout, &stderr
			if err := psql.Run(); err != nil {
				t.Fatalf("%v\n%s", err, &stderr)
			}
			result, alive := strings.CutSuffix(stdout.String(), "alive\n")
			if !alive {
				t.Errorf("the session has not gone on:\n%s%s", &stdout, &stderr)
			}
			code := regexp.MustCompile(`ERROR:  (\w{5}): `).FindStringSubmatch(stderr.String())
			switch want := a.key("sqlstate"); {
			case want == "" && code != nil:
				t.Errorf("an error:\n%s", &stderr)
			case want != "" && (code == nil || !regexp.MustCompile("^(?:"+want+")$").MatchString(code[1])):
				t.Errorf("no error with SQLSTATE %s:\n%s%s", want, &stdout, &stderr)
			}
			if want, ok := a.keys["result"]; ok && !regexp.MustCompile(want[0]).MatchString(strings.TrimSuffix(result, "\n")) {
				t.Errorf("%q, want %s", result, want[0])
			}
			a.wanted(t, stderr.String())
			a.noHarm(t)
		})
	}
}

// start starts a cluster with an extension. The test fails if one of its processes
// crashes.
func start(t *testing.T, e *target.Extension, others ...string) *cluster.Cluster {
	t.Helper()
	c := clusters.Start(t, cluster.Options{Files: append(e.Files(), others...)})
	if _, err := c.Query(t.Context(), `create extension "`+e.Name+`"`); err != nil {
		t.Fatal(err)
	}
	return c
}
