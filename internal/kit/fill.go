package kit

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/pgstd/pgstd/internal/scratch"
)

// contentsName is the file in a folder of the cache that lists the others.
const contentsName = ".contents.json"

// kept is a file of a folder of the cache: what it holds, and what the system said of it
// when that was true.
type kept struct {
	SHA256  string
	Size    int64
	Changed int64 // in nanoseconds; nobody can set it back
}

// Fill makes a folder of the cache whole or not at all: make gets a temporary folder, which
// takes its name when make is done and all of it has been listed. A folder that is there is
// taken as it is only if it holds what its list says, and made anew if not: a disk can have
// been full, a file damaged.
func Fill(dir string, make func(tmp string) error) error {
	if Whole(dir) {
		return nil
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("making the cache: %w", err)
	}
	tmp, err := scratch.Make(parent, ".new-")
	if err != nil {
		return fmt.Errorf("making the cache: %w", err)
	}
	defer tmp.Remove()
	fresh := filepath.Join(tmp.Path, "new")
	if err := os.Mkdir(fresh, 0o755); err != nil {
		return fmt.Errorf("making the cache: %w", err)
	}
	if err := make(fresh); err != nil {
		return err
	}
	if err := seal(fresh); err != nil {
		return fmt.Errorf("making the cache: %w", err)
	}
	return takePlace(dir, fresh, tmp.Path)
}

// Replace gives a folder beside those of the cache, or in one, their place and name: whole, or
// not at all, and with a list of what it holds. Of what had the place before, nothing stays.
func Replace(dir, fresh string) error {
	if err := seal(fresh); err != nil {
		return fmt.Errorf("making the cache: %w", err)
	}
	aside := filepath.Dir(fresh)
	if err := os.Rename(dir, filepath.Join(aside, "before")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("making the cache: %w", err)
	}
	return takePlace(dir, fresh, aside)
}

// takePlace gives fresh the name dir. What is in the way is damaged, and goes to aside.
func takePlace(dir, fresh, aside string) (err error) {
	for range 10 {
		if err = os.Rename(fresh, dir); err == nil || Whole(dir) {
			return nil // another build was faster
		}
		// What is there is damaged: out of the way with it.
		if err := os.Rename(dir, filepath.Join(aside, "damaged")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			os.RemoveAll(filepath.Join(aside, "damaged"))
		}
	}
	return fmt.Errorf("making the cache: %w", err)
}

// seal lists what is in a folder.
func seal(dir string) error {
	list, err := contents(dir, nil)
	if err != nil {
		return err
	}
	data, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, contentsName), data, 0o644)
}

// Whole reports whether a folder is the user's own and holds what its list says, and
// nothing else.
func Whole(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || owner(info) != os.Geteuid() {
		return false
	}
	data, err := os.ReadFile(filepath.Join(dir, contentsName))
	var list map[string]kept
	if err != nil || json.Unmarshal(data, &list) != nil || list == nil {
		return false
	}
	sealed, err := os.Lstat(filepath.Join(dir, contentsName))
	if err != nil {
		return false
	}
	// The clock of a file system is coarse: what was written about when the list was could
	// have been changed after it.
	for name, k := range list {
		if k.Changed > sealed.ModTime().Add(-time.Second/4).UnixNano() {
			k.Changed = 0
			list[name] = k
		}
	}
	is, err := contents(dir, list)
	if err != nil || len(is) != len(list) {
		return false
	}
	for name, k := range list {
		if is[name].SHA256 != k.SHA256 {
			return false
		}
	}
	return true
}

// contents lists the files in a folder. Of one that has not been touched since it was
// listed as known, the digest is taken from there.
func contents(dir string, known map[string]kept) (map[string]kept, error) {
	list := map[string]kept{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || name == contentsName {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() || owner(info) != os.Geteuid() {
			return fmt.Errorf("%s is no file of the cache's", path)
		}
		k := kept{Size: info.Size()}
		if s, ok := info.Sys().(*syscall.Stat_t); ok {
			k.Changed = s.Ctim.Nano()
		}
		if before := known[name]; before.Size == k.Size && before.Changed == k.Changed {
			k = before
		} else if k.SHA256, err = digestOf(path); err != nil {
			return err
		}
		list[name] = k
		return nil
	})
	return list, err
}

func digestOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return fmt.Sprintf("%x", h.Sum(nil)), err
}
