package releases_test

import (
	"context"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/test/releases"
)

// parts are those of the suites that say most of the types of packages: texts that import
// them, packages that the source gate and the generator look at, packs of them; in cells, those that pass
// constants of all kinds to the host, which asks whether they are in the object; and attacks on
// what a release's library does. They take the pairs of releases in turn: each pair has a session of the
// language and one of an extension, one of them in cells, and the user's newest release the
// attacks. PGSTD_RELEASES=all runs the suites whole, each with every pair.
var parts = []struct{ name, folder, run, isolation string }{
	{"language", "plgo/plgotest", "^(TestStart|TestSQL)$/^(basics|composite|polymorphic|setof|spi|types|validator)$", ""},
	{"extension", "cmd/pgbuild", "^TestScript$/^(build|check|compile|modules|pgtype|rows|toolchain|types)$", ""},
	{"extension in cells", "cmd/pgbuild", "^TestScript$/^(rows|types)$", "cell"},
	{"language in cells", "plgo/plgotest", "^(TestStart|TestSQL)$/^(basics|setof|spi)$", "cell"},
	{"attacks", "internal/test/attacks", "^TestRuntime$", ""},
}

// pair is the release that has compiled a suite, and the one that it finds as the user's.
type pair struct{ built, at *gocmd.Go }

// pairs are those of all releases but one with itself, as all other tests have it.
func pairs(t *testing.T) (list []pair) {
	here, err := gocmd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var all []*gocmd.Go
	for _, release := range releases.PerMinor(here.Version) {
		g, err := gocmd.Find(t.Context(), release)
		if err != nil {
			t.Skipf("%s cannot be had: %v", release, err)
		}
		all = append(all, g)
	}
	for _, built := range all {
		for _, at := range all {
			if built != at {
				list = append(list, pair{built, at})
			}
		}
	}
	return list
}

// TestReleases compiles the suites with each release, and runs them with each other one in
// the place of the user's.
func TestReleases(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	whole := os.Getenv("PGSTD_RELEASES") == "all"
	for i, p := range pairs(t) {
		for j, part := range parts {
			if !whole && (i+j)%2 != 0 {
				continue
			}
			t.Run(part.name+"/"+p.built.Version+"/"+p.at.Version, func(t *testing.T) {
				binary := filepath.Join(t.TempDir(), "suite.test")
				if out, err := with(t.Context(), p.built, root, "go", "test", "-c", "-o", binary, "./"+part.folder).CombinedOutput(); err != nil {
					t.Fatalf("building the suite: %v\n%s", err, out)
				}
				run := part.run
				if whole {
					run = "."
				}
				suite := with(t.Context(), p.at, filepath.Join(root, part.folder), binary, "-test.run="+run, "-test.v", "-test.timeout=40m")
				if part.isolation != "" {
					suite.Env = append(suite.Env, "PGSTD_ISOLATION="+part.isolation)
				}
				out, err := suite.CombinedOutput()
				switch {
				case err != nil:
					t.Errorf("%v\n%s", err, failures(string(out)))
				case !strings.Contains(string(out), "--- PASS"):
					t.Errorf("no test has run:\n%s", out)
				}
			})
		}
	}
}

// newSyntax is what Go 1.27 has added to the language: methods with type parameters.
const newSyntax = `package added

type box struct{ n int64 }

func (b box) plus[T ~int64](x T) T { return T(b.n) + x }

//pg:function
func Added(n int64) int64 { return box{1}.plus(n) }
`

// TestNewSyntax: what is new in the language is built by a pgbuild that knows it, and one that
// an older release has built says so.
func TestNewSyntax(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	here, err := gocmd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	at, err := gocmd.Find(t.Context(), gocmd.Reviewed[len(gocmd.Reviewed)-1])
	if err != nil {
		t.Skipf("the newest release cannot be had: %v", err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.org/added\n\ngo 1.27\n", "added.go": newSyntax} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, release := range releases.PerMinor(here.Version) {
		built, err := gocmd.Find(t.Context(), release)
		if err != nil {
			t.Skipf("%s cannot be had: %v", release, err)
		}
		pgbuild := filepath.Join(t.TempDir(), "pgbuild")
		if out, err := with(t.Context(), built, root, "go", "build", "-o", pgbuild, "./cmd/pgbuild").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		out, err := with(t.Context(), at, dir, pgbuild, "build", "-o", t.TempDir()).CombinedOutput()
		knows := version.Compare(version.Lang(release), "go1.27") >= 0
		want := "added.go:5:18: method must have no type parameters; this pgbuild has been built by " + built.Version +
			", and the module is in Go 1.27: if that is new in it, build pgbuild with Go 1.27"
		if knows && err != nil || !knows && (err == nil || !strings.Contains(string(out), want)) {
			t.Errorf("built by %s: %v\n%s", release, err, out)
		}
	}
}

// with makes a command for which a release is the Go in PATH.
func with(ctx context.Context, g *gocmd.Go, dir, name string, args ...string) *exec.Cmd {
	if name == "go" {
		name = g.Path
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "PWD="+dir,
		"PATH="+filepath.Join(g.Root, "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"))
	return cmd
}

// failures leaves out what has passed.
func failures(out string) string {
	var kept []string
	for line := range strings.Lines(out) {
		if t := strings.TrimSpace(line); !strings.HasPrefix(t, "--- PASS") && !strings.HasPrefix(t, "=== ") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}
