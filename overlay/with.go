package overlay

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
)

// With returns the path of a JSON file for go build -overlay that holds this overlay and, on top
// of it, further virtual files, by absolute path. It is for generated packages: nothing is
// written where the paths lead.
func (o *Overlay) With(files map[string][]byte) (string, error) {
	replace := maps.Clone(o.replace)
	contents := map[string][]byte{}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", o.Dir)
	for i, name := range slices.Sorted(maps.Keys(files)) {
		if !filepath.IsAbs(name) {
			return "", fmt.Errorf("virtual file %s: its path is not absolute", name)
		}
		fmt.Fprintf(h, "%q %x\n", name, sha256.Sum256(files[name]))
		to := fmt.Sprintf("%d-%s", i, filepath.Base(name))
		contents[to] = files[name]
		replace[filepath.Clean(name)] = to
	}
	dir := filepath.Join(o.cacheDir, "with", hex.EncodeToString(h.Sum(nil)[:12]))
	for name := range files {
		name = filepath.Clean(name)
		replace[name] = filepath.Join(dir, replace[name])
	}
	contents[jsonName] = encode(replace)
	if err := place(dir, contents); err != nil {
		return "", err
	}
	return filepath.Join(dir, jsonName), nil
}

// WithFiles returns this overlay with further files on top of it: what lies at a path, by
// absolute path, is to be found at another one, where nothing need be.
func (o *Overlay) WithFiles(files map[string]string) (*Overlay, error) {
	more := *o
	more.replace = maps.Clone(o.replace)
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", o.Dir)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !filepath.IsAbs(name) || !filepath.IsAbs(files[name]) {
			return nil, fmt.Errorf("virtual file %s: its path is not absolute, or not that of %s", name, files[name])
		}
		fmt.Fprintf(h, "%q %q\n", name, files[name])
		more.replace[filepath.Clean(name)] = files[name]
	}
	more.Dir = filepath.Join(o.cacheDir, "with", hex.EncodeToString(h.Sum(nil)[:12]))
	more.JSON = filepath.Join(more.Dir, jsonName)
	return &more, place(more.Dir, map[string][]byte{jsonName: encode(more.replace)})
}

// Files are the files that stand in the place of others, by the names of these. A file
// that is left out stands for nothing: its name leads to the empty one.
func (o *Overlay) Files() map[string]string { return maps.Clone(o.replace) }
