package gocmd

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestGate(t *testing.T) {
	for _, tt := range []struct{ reported, want string }{
		{"go1.26.4", ""},
		{"go1.26.8", ""},
		{"go1.26.8 X:jsonv2", ""},
		{"go1.26.8-X:jsonv2", ""},
		{"go1.26.9-1~deb13", ""},
		{"go1.27rc1", ""},
		{"go1.27.3", ""},
		{"go1.26.3", "too old"},
		{"go1.26rc2", "too old"},
		{"go1.9", "too old"},
		{"go1.28rc1", "too new"},
		{"go1.28.0", "too new"},
		{"go2.0", "too new"},
		{"devel go1.27-0123abc Mon Jan 5 2026", "no Go release"},
		{"", "no Go release"},
	} {
		err := gate(tt.reported, "/x/go")
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%q: %v, want %q", tt.reported, err, tt.want)
		}
	}
}

// fakeGo makes a go command that runs a shell script.
func fakeGo(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "go")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// fakeEnv prints what `go env -json` would.
func fakeEnv(version, root string) string {
	return fmt.Sprintf(`echo '{"GOVERSION": %q, "GOROOT": %q, "GOMODCACHE": "/nowhere"}'`, version, root)
}

func TestFindRefuses(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("no program"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, path, want string }{
		{"absent", filepath.Join(dir, "absent"), "cannot be run: stat"},
		{"not executable", plain, "cannot be run: permission denied"},
		{"too old", fakeGo(t, fakeEnv("go1.25.4", dir)), "too old"},
		{"too new", fakeGo(t, fakeEnv("go1.28.1", dir)), "too new"},
		{"release too old", "go1.24.0", "too old"},
		{"no GOROOT", fakeGo(t, fakeEnv("go1.26.8", "")), "does not know its GOROOT"},
		{"no source", fakeGo(t, fakeEnv("go1.26.8", dir)), "has no source of the standard library"},
		{"fails", fakeGo(t, "echo it is broken >&2; echo more >&2; exit 3"), "failed: it is broken;"},
		{"dies", fakeGo(t, "kill -9 $$"), "failed: signal: killed;"},
		{"no JSON", fakeGo(t, "echo hello"), "printed no JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := FindIn(t.Context(), tt.path, dir)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("%v, want %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %v", err)
			}
		})
	}
}

func TestFindNoGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := FindIn(t.Context(), "", t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "no go command in PATH; install") {
		t.Fatal(err)
	}
}

func TestFindCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := FindIn(ctx, "", t.TempDir()); err != context.Canceled {
		t.Fatal(err)
	}
}

func found(t *testing.T) *Go {
	t.Helper()
	g, err := FindIn(t.Context(), "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func env(t *testing.T, g *Go, key string, extra ...string) string {
	t.Helper()
	out, err := g.Command(t.Context(), t.TempDir(), extra, "env", key).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestCommandIgnoresSettings(t *testing.T) {
	config := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(config, []byte("GOFLAGS=-mod=vendor\nGOPROXY=https://proxy.invalid\nGOAMD64=v3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOENV", config)
	t.Setenv("GOEXPERIMENT", "jsonv2")
	t.Setenv("GOTOOLCHAIN", "auto")
	t.Setenv("GOWORK", "/nowhere/go.work")
	t.Setenv("CGO_CFLAGS", "-DX")
	t.Setenv("GODEBUG", "gotypesalias=0")
	t.Setenv("GOPRIVATE", "*")
	t.Setenv("GOVCS", "*:all")
	t.Setenv("HOME", t.TempDir())
	t.Setenv("LD_LIBRARY_PATH", "/nowhere")
	g := found(t)
	for key, want := range map[string]string{
		"GOROOT": g.Root, "GOVERSION": g.Version, "GOFLAGS": "-buildvcs=false", "GOEXPERIMENT": "", "GOTOOLCHAIN": "local",
		"GOAMD64": "v1", "CGO_CFLAGS": "-O2 -g", "GODEBUG": "", "GOWORK": "off", "GOPRIVATE": "", "GOVCS": "*:off",
		"GOPROXY": "off", "GOMODCACHE": g.ModCache, "GOCACHE": g.Cache, "GOTELEMETRY": "off",
	} {
		if got := env(t, g, key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if got := env(t, g, "GOARCH", "GOARCH=arm64"); got != "arm64" {
		t.Errorf("GOARCH is %q, although the caller set it", got)
	}
	for _, v := range g.Environ() {
		if key, _, _ := strings.Cut(v, "="); key == "HOME" || strings.HasPrefix(key, "LD_") {
			t.Errorf("passed on: %s", v)
		}
	}
	download := g.DownloadEnviron()
	for _, want := range []string{"GOPROXY=https://proxy.invalid", "GOPRIVATE=*", "GOFLAGS=-buildvcs=false", "GOWORK=off"} {
		if !slices.Contains(download, want) {
			t.Errorf("no %s for downloads: %q", want, download)
		}
	}
}

func TestTags(t *testing.T) {
	g := found(t)
	tool, release, err := g.Tags(t.Context(), "arm64")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(tool, "arm64.v8.0") || !slices.Contains(release, g.Minor()) || !slices.Contains(release, "go1.1") {
		t.Errorf("tool tags %q, release tags %q", tool, release)
	}
}

// TestDownloadedToolchain uses a toolchain that GOTOOLCHAIN brought, if there is one.
func TestDownloadedToolchain(t *testing.T) {
	dirs, _ := filepath.Glob(filepath.Join(found(t).ModCache, "golang.org", "toolchain@v0.0.1-go1.2[67].*.linux-*"))
	if len(dirs) == 0 {
		t.Skip("no downloaded toolchain in GOMODCACHE")
	}
	cache := t.TempDir()
	g, err := FindIn(t.Context(), filepath.Join(dirs[0], "bin", "go"), cache)
	if err != nil {
		t.Fatal(err)
	}
	if within(g.Root, g.ModCache) || !within(g.Root, cache) || !within(g.Path, g.Root) {
		t.Errorf("GOROOT %s, binary %s: not through a link outside of %s", g.Root, g.Path, g.ModCache)
	}
	if got := env(t, g, "GOROOT"); got != g.Root {
		t.Errorf("go prints GOROOT %s, want %s", got, g.Root)
	}
	if got := env(t, g, "GOVERSION"); got != g.Version {
		t.Errorf("go prints version %s, want %s", got, g.Version)
	}

	// The overlay must be accepted, and used, under that GOROOT.
	from := filepath.Join(g.Root, "src", "errors", "zpgstd_x.go")
	to := filepath.Join(t.TempDir(), "x.go")
	json := filepath.Join(t.TempDir(), "overlay.json")
	for path, text := range map[string]string{
		to:   "package errors\n",
		json: fmt.Sprintf(`{"Replace": {%q: %q}}`, from, to),
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := g.Command(t.Context(), "", nil, "list", "-overlay", json, "-f", "{{.GoFiles}}", "errors").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "zpgstd_x.go") {
		t.Errorf("%v: %s", err, out)
	}
	if again, err := FindIn(t.Context(), g.Version, cache); err != nil || again.Root != g.Root {
		t.Errorf("by release: %+v, %v", again, err)
	}
}

func TestOutsideModCache(t *testing.T) {
	mod, cache := t.TempDir(), t.TempDir()
	root := filepath.Join(mod, "golang.org", "toolchain@v0.0.1-go1.27.3.linux-amd64")
	if got, err := outsideModCache("/usr/local/go", mod, cache); err != nil || got != "/usr/local/go" {
		t.Errorf("outside already: %s, %v", got, err)
	}
	if got, err := outsideModCache(mod+"-other/go", mod, cache); err != nil || got != mod+"-other/go" {
		t.Errorf("only a common beginning: %s, %v", got, err)
	}
	link, err := outsideModCache(root, mod, cache)
	if err != nil || within(link, mod) {
		t.Fatalf("%s, %v", link, err)
	}
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/elsewhere", link); err != nil {
		t.Fatal(err)
	}
	again, err := outsideModCache(root, mod, cache)
	if at, _ := os.Readlink(again); err != nil || again != link || at != root {
		t.Errorf("a wrong link: %s to %s, %v", again, at, err)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "goroot", ".tmp-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	if _, err := outsideModCache(root, mod, filepath.Join(mod, "cache")); err == nil || !strings.Contains(err.Error(), "choose another") {
		t.Errorf("cache within GOMODCACHE: %v", err)
	}
	if _, err := outsideModCache(root, mod, "/dev/null"); err == nil || !strings.Contains(err.Error(), "choose a writable") {
		t.Errorf("cache that is no folder: %v", err)
	}
}

func BenchmarkFind(b *testing.B) {
	if _, err := exec.LookPath("go"); err != nil {
		b.Skip(err)
	}
	dir := b.TempDir()
	for b.Loop() {
		if _, err := FindIn(b.Context(), "", dir); err != nil {
			b.Fatal(err)
		}
	}
}
