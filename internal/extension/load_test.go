package extension

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden parts of testdata")

func goCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=", "GOPROXY=off")
	return cmd
}

func runGo(ctx context.Context, dir string, stdout, stderr io.Writer, args ...string) error {
	cmd := goCommand(ctx, dir, args...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd.Run()
}

// write puts the files of an archive below dir, and a go.mod if it has none.
func write(t *testing.T, dir string, files []txtar.File) {
	t.Helper()
	files = append([]txtar.File{{Name: "go.mod", Data: []byte("module example.com/kit\n\ngo 1.26\n")}}, files...)
	for _, f := range files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestGolden loads each archive in testdata. Its files under want/ are what is
// to come out: either errors, or the generated files. The comment of an archive
// may name the pattern to load ("pattern ./sub") and a build flag ("flag -tags=x").
func TestGolden(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives in testdata", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			golden(t, name)
		})
	}
}

func golden(t *testing.T, name string) {
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var source, want []txtar.File
	for _, f := range a.Files {
		if strings.HasPrefix(f.Name, "want/") {
			want = append(want, f)
		} else {
			source = append(source, f)
		}
	}
	dir := t.TempDir()
	write(t, dir, source)
	cfg := LoadConfig{Dir: dir, Go: runGo, GoVersion: "go1.27.0"}
	for line := range strings.Lines(string(a.Comment)) {
		if f, ok := strings.CutPrefix(strings.TrimSpace(line), "flag "); ok {
			cfg.BuildFlags = append(cfg.BuildFlags, f)
		}
		if p, ok := strings.CutPrefix(strings.TrimSpace(line), "pattern "); ok {
			cfg.Pattern = p
		}
	}
	var got []txtar.File
	p, err := Load(t.Context(), cfg)
	if err != nil {
		text := strings.ReplaceAll(err.Error(), dir, "$DIR") + "\n"
		got = []txtar.File{{Name: "want/errors", Data: []byte(text)}}
	} else {
		got = []txtar.File{
			{Name: "want/main.go", Data: p.Main()},
			{Name: "want/trampolines", Data: trampolines(p)},
			{Name: "want/script.sql", Data: p.SQL()},
			{Name: "want/control", Data: p.ControlFile()},
		}
		// An archive without a golden of one kind does not look at it.
		if len(want) > 0 {
			got = only(got, want)
		}
	}
	if *update {
		a.Files = append(source, got...)
		if err := os.WriteFile(name, txtar.Format(a), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if g, w := txtar.Format(&txtar.Archive{Files: got}), txtar.Format(&txtar.Archive{Files: want}); string(g) != string(w) {
		t.Errorf("got\n%s\nwant\n%s\n(go test -update rewrites it)", g, w)
	}
}

func only(got, want []txtar.File) []txtar.File {
	var out []txtar.File
	for _, w := range want {
		for _, g := range got {
			if g.Name == w.Name {
				out = append(out, g)
			}
		}
	}
	return out
}

func TestLoadOutsideModule(t *testing.T) {
	_, err := Load(t.Context(), LoadConfig{Dir: t.TempDir(), Go: runGo})
	if err == nil || !strings.Contains(err.Error(), "go mod init") {
		t.Errorf("got %v, want advice to run go mod init", err)
	}
}

func TestLoadWithoutGo(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, []txtar.File{{Name: "a.go", Data: []byte("package a\n")}})
	_, err := Load(t.Context(), LoadConfig{Dir: dir, Go: func(ctx context.Context, _ string, _, _ io.Writer, args ...string) error {
		return exec.CommandContext(ctx, filepath.Join(dir, "nogo"), args...).Run()
	}})
	if err == nil || !strings.Contains(err.Error(), "cannot run") {
		t.Errorf("got %v, want the command named", err)
	}
}

func TestErrorsAreTyped(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, []txtar.File{{Name: "a.go", Data: []byte("package a\n")}})
	_, err := Load(t.Context(), LoadConfig{Dir: dir, Go: runGo})
	list := Errors(nil)
	if !errors.As(err, &list) || len(list) != 1 || list[0].Pos.Line != 1 {
		t.Errorf("got %#v, want Errors with a position", err)
	}
}

func BenchmarkLoad(b *testing.B) {
	dir := b.TempDir()
	os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/kit\n\ngo 1.26\n"), 0o666)
	os.WriteFile(filepath.Join(dir, "a.go"), []byte("package a\n\n//pg:function\nfunc F(n int64) int64 { return n }\n"), 0o666)
	for b.Loop() {
		if _, err := Load(b.Context(), LoadConfig{Dir: dir, Go: runGo}); err != nil {
			b.Fatal(err)
		}
	}
}

// trampolines are a package's, one a line.
func trampolines(p *Package) []byte {
	var b []byte
	for _, t := range p.Trampolines() {
		b = fmt.Appendf(b, "%d %s %s\n", t.Index, t.Symbol, t.Entry)
	}
	return b
}
