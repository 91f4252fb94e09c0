package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// moduleList names the modules and their packages.
const moduleList = "testdata/modules.txt"

// module is a line of the list.
type module struct {
	path, version string
	packages      []string // relative to the module
}

func readModules() ([]module, error) {
	f, err := os.Open(moduleList)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var modules []module
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.Fields(lines.Text())
		switch {
		case len(line) == 0 || strings.HasPrefix(line[0], "#"):
		case len(line) < 3:
			return nil, fmt.Errorf("%s:%d: incomplete; write \"MODULE VERSION PACKAGE...\"", moduleList, n)
		default:
			modules = append(modules, module{line[0], line[1], line[2:]})
		}
	}
	return modules, lines.Err()
}

// moduleJobs are the packages of all modules. Modules that the machine does not have are
// downloaded, with what their tests need.
func moduleJobs(ctx context.Context, r *runner) ([]job, error) {
	modules, err := readModules()
	if err != nil {
		return nil, err
	}
	var jobs []job
	for _, m := range modules {
		if !slices.ContainsFunc(m.packages, func(p string) bool { return r.only.MatchString(path.Join(m.path, p)) }) {
			continue // not to be downloaded for nothing
		}
		dir, err := r.fetch(ctx, m)
		if err != nil {
			return nil, err
		}
		packages, err := r.list(ctx, dir, m.packages...)
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			jobs = append(jobs, job{
				pkg: p.ImportPath, dir: p.Dir, from: dir, root: dir, version: m.version,
				tests: len(p.TestGoFiles)+len(p.XTestGoFiles) > 0,
			})
		}
	}
	return jobs, nil
}

// fetch returns a folder with a copy of a module that builds as it stands: its go.sum names all
// that its tests need.
func (r *runner) fetch(ctx context.Context, m module) (string, error) {
	dir, err := filepath.Abs(filepath.Join("build", "modules", strings.ReplaceAll(m.path, "/", "_")+"@"+m.version))
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	out, err := r.online(ctx, os.TempDir(), "mod", "download", "-json", m.path+"@"+m.version).Output()
	var got struct{ Dir, Error string }
	if json.Unmarshal(out, &got) != nil || got.Error != "" || err != nil {
		return "", fmt.Errorf("%s@%s cannot be had: %w: %s", m.path, m.version, err, got.Error)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	if err := copyTree(tmp, got.Dir); err != nil {
		return "", err
	}
	// One that is older than modules would else be a folder of pgstd's own.
	mod := filepath.Join(tmp, "go.mod")
	if _, err := os.Stat(mod); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile(mod, []byte("module "+m.path+"\n"), 0o644); err != nil {
			return "", err
		}
	}
	// A module's archive has at most the list of what its authors vendor, not the packages.
	if err := os.RemoveAll(filepath.Join(tmp, "vendor")); err != nil {
		return "", err
	}
	list := append([]string{"list", "-mod=mod", "-deps", "-test", "-f", "{{.Error}}"}, m.packages...)
	if out, err := r.online(ctx, tmp, list...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("looking for what the tests of %s need: %w: %s", m.path, err, out)
	}
	if err := os.Rename(tmp, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return dir, nil
}

// online makes a go command that may download modules.
func (r *runner) online(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := r.golang.Command(ctx, dir, nil, args...)
	cmd.Env = append(r.golang.DownloadEnviron(), "PWD="+dir)
	return cmd
}

// copyTree copies files and folders so that they can be changed, which in the module cache they
// cannot.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o644)
	})
}
