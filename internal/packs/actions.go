package packs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pgstd/pgstd/internal/atomicfile"
)

// The go command keeps what it has compiled under a digest of all that went in, which is the
// same on every machine: of the release, the flags and the content of files. A library says
// which of its packages are kept under which, so that the go command finds them compiled.
//
// Its cache has two files for each, in folders by the first two digits: DIGEST-d is the
// content, named by its own digest; DIGEST-a says of an action what came out. This is what
// the releases that are supported do. One that did otherwise would not find anything, and
// compile: nothing is believed that it would not have looked for.

// action is one line: the digest of what went in, and the file with what came out.
type action struct{ id, file string }

var actionForm = regexp.MustCompile(`^([0-9a-f]{64}) ([0-9]{1,5}\.a)$`)

func readActions(dir string) ([]action, error) {
	data, err := os.ReadFile(filepath.Join(dir, ActionsName))
	if err != nil {
		return nil, fmt.Errorf("it has no %s", ActionsName)
	}
	var list []action
	for line := range strings.Lines(string(data)) {
		m := actionForm.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			return nil, fmt.Errorf("its %s cannot be read: %.100q", ActionsName, line)
		}
		list = append(list, action{m[1], m[2]})
	}
	return list, nil
}

// entryForm is a file DIGEST-a: the digests of what went in and what came out, its size, and when.
var entryForm = regexp.MustCompile(`^v1 ([0-9a-f]{64}) ([0-9a-f]{64}) +[0-9]+ +[0-9]+\n$`)

// WriteActions notes in a library's folder under which names a cache of the go command, which
// has compiled nothing else, has its packages. What else has been compiled is taken in.
func WriteActions(dir, goCache string) error {
	packages, err := packagesOf(dir)
	if err != nil {
		return err
	}
	files := map[string]string{} // by digest
	for _, p := range packages {
		digest, err := digestOf(filepath.Join(dir, p.File))
		if err != nil {
			return err
		}
		files[digest] = p.File
	}
	known := len(files)
	names, err := filepath.Glob(filepath.Join(goCache, "??", "*-a"))
	if err != nil {
		return err
	}
	slices.Sort(names)
	var lines strings.Builder
	named := map[string]bool{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		m := entryForm.FindSubmatch(data)
		if m == nil {
			continue
		}
		out := string(m[2])
		if files[out] == "" {
			if data, err = os.ReadFile(filepath.Join(goCache, out[:2], out+"-d")); err != nil || !bytes.HasPrefix(data, []byte("!<arch>\n")) {
				continue // no package: what the go command has noted of folders, and what compilers have said
			}
			files[out] = fmt.Sprintf("%d.a", len(files)+10000)
			if err := os.WriteFile(filepath.Join(dir, files[out]), data, 0o644); err != nil {
				return err
			}
		}
		named[out] = true
		fmt.Fprintf(&lines, "%s %s\n", m[1], files[out])
	}
	if len(named) < known {
		return fmt.Errorf("the go command's cache has %d of %d packages under names that are understood", len(named), known)
	}
	return os.WriteFile(filepath.Join(dir, ActionsName), []byte(lines.String()), 0o644)
}

// seedAge is after what time the go command's cache gets again what it lacks. It drops what it has
// not used for five days.
const seedAge = 4 * 24 * time.Hour

// Seed puts a library's packages into a cache of the go command, if they have not been lately.
func Seed(dir, goCache string) error {
	stamp := filepath.Join(goCache, "pgstd-"+filepath.Base(dir))
	if info, err := os.Stat(stamp); err == nil && time.Since(info.ModTime()) < seedAge {
		return nil
	}
	list, err := readActions(dir)
	if err != nil {
		return fmt.Errorf("the pack in %s: %w", dir, err)
	}
	outputs := map[string]output{}
	now := time.Now()
	for _, a := range list {
		o, ok := outputs[a.file]
		if !ok {
			if o, err = putOutput(goCache, filepath.Join(dir, a.file)); err != nil {
				return fmt.Errorf("filling the build cache: %w", err)
			}
			outputs[a.file] = o
		}
		entry := fmt.Appendf(nil, "v1 %s %s %20d %20d\n", a.id, o.digest, o.size, now.UnixNano())
		if err := put(filepath.Join(goCache, a.id[:2], a.id+"-a"), entry); err != nil {
			return fmt.Errorf("filling the build cache: %w", err)
		}
	}
	return atomicfile.Write(stamp, nil, 0o644)
}

type output struct {
	digest string
	size   int64
}

// putOutput copies one package. What is there already is of that digest, or the go command
// notices that it is not.
func putOutput(goCache, path string) (o output, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return o, err
	}
	digest := sha256.Sum256(data)
	o = output{hex.EncodeToString(digest[:]), int64(len(data))}
	to := filepath.Join(goCache, o.digest[:2], o.digest+"-d")
	if info, err := os.Stat(to); err == nil && info.Size() == o.size {
		now := time.Now()
		return o, os.Chtimes(to, now, now)
	}
	return o, put(to, data)
}

func put(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".pgstd-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

func digestOf(path string) (string, error) {
	data, err := os.ReadFile(path)
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:]), err
}
