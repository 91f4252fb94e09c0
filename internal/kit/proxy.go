package kit

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/regular"
)

// Published is the module of the packages that pgbuild carries, as tools that know nothing of
// pgbuild take it: from the module cache.
type Published struct {
	module.Version
	Sum, ModSum string // for go.sum
}

// Publish puts that module into the user's module cache, by way of a folder in the cache that serves
// as its proxy. No network has part in it. The version names the contents: another pgbuild's are
// another version, of which go.sum knows nothing.
func Publish(ctx context.Context, g *gocmd.Go, cacheDir string) (*Published, error) {
	if err := PrivateDir(cacheDir); err != nil {
		return nil, err
	}
	files, err := moduleFiles()
	if err != nil {
		return nil, err
	}
	sum, err := dirhash.Hash1(names(files), func(name string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files[name])), nil
	})
	if err != nil {
		return nil, err
	}
	digest, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sum, "h1:"))
	if err != nil {
		return nil, err
	}
	p := &Published{Version: module.Version{Path: ModulePath, Version: "v" + pgstd.Version + "-h" + hex.EncodeToString(digest[:6])}}
	proxy := filepath.Join(cacheDir, "proxy", p.Version.Version)
	if err := Fill(proxy, func(tmp string) error { return p.serve(tmp, files) }); err != nil {
		return nil, err
	}
	at := filepath.Join(proxy, ModulePath, "@v", p.Version.Version)
	if p.Sum, err = dirhash.HashZip(at+".zip", dirhash.Hash1); err != nil {
		return nil, err
	}
	p.ModSum, err = dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(GoMod)), nil
	})
	if err != nil {
		return nil, err
	}
	// Outside of any module, so that no go.mod has a say.
	dir, done, err := Workspace()
	if err != nil {
		return nil, err
	}
	defer done()
	cmd := exec.CommandContext(ctx, g.Path, "mod", "download", p.String())
	cmd.Dir = dir
	cmd.Env = append(g.DownloadEnviron(), "GOPROXY=file://"+filepath.ToSlash(proxy), "GOSUMDB=off", "GONOPROXY=", "GOPRIVATE=", "PWD="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("putting %s into the module cache: %w: %s", p, err, bytes.TrimSpace(out))
	}
	return p, nil
}

// moduleFiles are the files of the module, by their paths in it.
func moduleFiles() (map[string][]byte, error) {
	files := map[string][]byte{"go.mod": []byte(GoMod)}
	err := fs.WalkDir(pgstd.Files, "pg", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files[path], err = fs.ReadFile(pgstd.Files, path)
		return err
	})
	return files, err
}

func names(files map[string][]byte) []string {
	var list []string
	for name := range files {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// serve writes what a proxy answers into a folder (go help goproxy).
func (p *Published) serve(dir string, files map[string][]byte) error {
	dir = filepath.Join(dir, ModulePath, "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, name := range names(files) {
		f, err := w.Create(p.String() + "/" + name)
		if err != nil {
			return err
		}
		if _, err := f.Write(files[name]); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	version := p.Version.Version
	for name, data := range map[string][]byte{
		"list":            []byte(version + "\n"),
		version + ".info": fmt.Appendf(nil, "{\"Version\":%q}\n", version),
		version + ".mod":  []byte(GoMod),
		version + ".zip":  packed.Bytes(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	_, err := modzip.CheckZip(p.Version, filepath.Join(dir, version+".zip"))
	return err
}

// Require writes into a module's go.mod and go.sum what makes the go command take the published
// module. It reports whether that was not there.
func (p *Published) Require(m *extension.Module) (changed bool, err error) {
	if m.Path == ModulePath {
		return false, errors.New("this is pgstd's own module")
	}
	if !SupportsKit(m) {
		return false, fmt.Errorf("%s has no go line of go%s or later, which extensions need", m.File, MinModuleGo)
	}
	old, err := regular.Read(m.Dir, "go.mod", regular.Text)
	if err != nil {
		return false, err
	}
	f, err := modfile.Parse(m.File, old, nil)
	if err != nil {
		return false, err
	}
	if err := f.AddRequire(p.Path, p.Version.Version); err != nil {
		return false, err
	}
	for _, r := range slices.Clone(f.Replace) {
		if r.Old.Path == ModulePath {
			if err := f.DropReplace(r.Old.Path, r.Old.Version); err != nil {
				return false, err
			}
		}
	}
	f.SortBlocks()
	f.Cleanup()
	text, err := f.Format()
	if err != nil {
		return false, err
	}
	sums, err := regular.Read(m.Dir, "go.sum", regular.List)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	lines := []string{
		fmt.Sprintf("%s %s %s\n", p.Path, p.Version.Version, p.Sum),
		fmt.Sprintf("%s %s/go.mod %s\n", p.Path, p.Version.Version, p.ModSum),
	}
	for line := range strings.Lines(string(sums)) {
		if !strings.HasPrefix(line, p.Path+" ") && strings.TrimSpace(line) != "" {
			lines = append(lines, strings.TrimSuffix(line, "\n")+"\n")
		}
	}
	slices.Sort(lines)
	sum := strings.Join(lines, "")
	if bytes.Equal(old, text) && sum == string(sums) {
		return false, nil
	}
	return true, atomicfile.WriteAll(
		atomicfile.File{Path: m.File, Data: text, Perm: 0o644},
		atomicfile.File{Path: filepath.Join(m.Dir, "go.sum"), Data: []byte(sum), Perm: 0o644})
}
