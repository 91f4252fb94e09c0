package compile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pgstd/pgstd/internal/atomicfile"
)

// cacheSize is how much the objects of functions may take in the cache.
const cacheSize = 1 << 30

// built is what has been made of a function, as it is kept: a line of JSON, and the data.
type built struct {
	Modules string // that are linked in, or imported from a base: PATH VERSION, one a line
	Instead string // why it is no module of a base, though there is one
	data    []byte // an object or a module
}

func (b *built) encode() []byte {
	line, err := json.Marshal(b)
	if err != nil {
		panic(err) // texts have no value that JSON lacks
	}
	return slices.Concat(line, []byte("\n"), b.data)
}

// decodeBuilt is the reverse; nil, if that is not what is there.
func decodeBuilt(data []byte) *built {
	var b built
	line, rest, ok := bytes.Cut(data, []byte("\n"))
	if !ok || json.Unmarshal(line, &b) != nil {
		return nil
	}
	b.data = rest
	return &b
}

// functionCache keeps objects by what decides their content. Each file begins with the
// digest of the rest, so that a damaged one is noticed and made anew; the time of a
// file is that of its last use, and the oldest go when there are too many bytes. Any
// number of processes can use one folder: files appear whole and are only ever
// removed.
type functionCache struct {
	dir string
	max int64

	mu      sync.Mutex
	written int64 // since the folder was last looked through; -1: it was not yet
}

func newFunctionCache(dir string, max int64) *functionCache {
	return &functionCache{dir: dir, max: max, written: -1}
}

// path names the file of a key.
func (c *functionCache) path(key []byte) string {
	h := sha256.Sum256(key)
	name := hex.EncodeToString(h[:])
	return filepath.Join(c.dir, name[:2], name)
}

// get returns what is kept under a key, nil if nothing is.
func (c *functionCache) get(key []byte) ([]byte, error) {
	path := c.path(key)
	file, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading a compiled function: %w", err)
	}
	data, whole := atomicfile.Unseal(file)
	if !whole {
		return nil, nil
	}
	now := time.Now()
	os.Chtimes(path, now, now) // if it has gone meanwhile, so be it
	return data, nil
}

// put keeps data under a key.
func (c *functionCache) put(key, data []byte) error {
	path := c.path(key)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = atomicfile.Write(path, atomicfile.Seal(data), 0o644)
	}
	if err == nil {
		err = c.trim(int64(len(data)))
	}
	if err != nil {
		return fmt.Errorf("keeping a compiled function: %w", err)
	}
	return nil
}

// trim removes the files that have not been used for the longest time. To look through
// the folder costs more than to write a file, so it is done now and then.
func (c *functionCache) trim(more int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.written >= 0 && c.written+more < c.max/8 {
		c.written += more
		return nil
	}
	c.written = 0
	files, total, err := c.list()
	if err != nil || total <= c.max {
		return err
	}
	slices.SortFunc(files, func(a, b cacheFile) int { return a.used.Compare(b.used) })
	for _, f := range files {
		if total <= c.max-c.max/8 {
			break
		}
		if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		total -= f.size
	}
	return nil
}

type cacheFile struct {
	path string
	size int64
	used time.Time
}

func (c *functionCache) list() (files []cacheFile, total int64, err error) {
	err = filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another process was faster
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		// What begins with a dot is being written, unless its writer has died.
		if strings.HasPrefix(d.Name(), ".") && time.Since(info.ModTime()) < time.Hour {
			return nil
		}
		files = append(files, cacheFile{path, info.Size(), info.ModTime()})
		total += info.Size()
		return nil
	})
	return files, total, err
}
