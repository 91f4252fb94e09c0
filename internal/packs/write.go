package packs

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/pgstd/pgstd/internal/atomicfile"
)

// Write makes a pack of a folder's files and puts it into the folder out. The same files make
// the same bytes: names are sorted, and nothing of who made it, or when, goes in.
func Write(out string, m Meta, dir string) (*Entry, error) {
	m.Format = Format
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("making a pack: %w", err)
	}
	names, err := files(dir)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	e := &Entry{Name: m.Name(), Meta: m}
	// One goroutine: blocks are cut the same on every machine.
	z, err := zstd.NewWriter(&packed, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(8<<20))
	if err != nil {
		return nil, err
	}
	t := tar.NewWriter(z)
	add := func(name string, data []byte) error {
		e.Unpacked += int64(len(data))
		h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		_, err := t.Write(data)
		return err
	}
	meta, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	if err := add(metaName, meta); err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := m.checkName(name); err != nil {
			return nil, fmt.Errorf("making a pack: %w", err)
		}
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		if err := add(name, data); err != nil {
			return nil, err
		}
	}
	if err := t.Close(); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	digest := sha256.Sum256(packed.Bytes())
	e.Size, e.SHA256 = int64(packed.Len()), hex.EncodeToString(digest[:])
	return e, atomicfile.Write(filepath.Join(out, e.Name), packed.Bytes(), 0o644)
}

// files are those of a folder, by their names in a pack, sorted. What begins with a dot is the
// cache's own.
func files(dir string) (names []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil && !strings.HasPrefix(name, ".") && name != ConfigName {
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	slices.Sort(names)
	return names, err
}

// unpack writes the files of a pack into a folder, and returns what it is. The folder is empty
// and nobody else's; what it has come to if there is an error is of no use.
func unpack(r io.Reader, dir string, limit int64) (*Meta, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(32<<20), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	// Of more than the limit, one byte is read, which is enough to see it.
	left := &io.LimitedReader{R: z, N: limit + limit/8 + 1<<20}
	t := tar.NewReader(left)
	var m *Meta
	var total int64
	seen := map[string]bool{}
	for {
		h, err := t.Next()
		switch {
		case err == io.EOF && m != nil:
			return m, nil
		case left.N <= 0:
			return nil, fmt.Errorf("it unpacks to more than the %d bytes that it may", limit)
		case err == io.EOF:
			return nil, fmt.Errorf("it is empty")
		case err != nil:
			return nil, fmt.Errorf("it is damaged: %w", err)
		case h.Typeflag != tar.TypeReg:
			return nil, fmt.Errorf("it has something that is no file: %.100q", h.Name)
		case seen[h.Name]:
			return nil, fmt.Errorf("it has the file %.100q twice", h.Name)
		case h.Size < 0 || h.Size > limit || len(seen) > 20000:
			return nil, fmt.Errorf("it has too many files, or too large ones: %.100q", h.Name)
		}
		if total += h.Size; total > limit {
			return nil, fmt.Errorf("it unpacks to more than the %d bytes that it may", limit)
		}
		seen[h.Name] = true
		if m == nil {
			if m, err = readMeta(t, h); err != nil {
				return nil, err
			}
			continue
		}
		if err := m.checkName(h.Name); err != nil {
			return nil, err
		}
		if err := writeNew(filepath.Join(dir, filepath.FromSlash(h.Name)), t, h.Size); err != nil {
			return nil, err
		}
	}
}

// readMeta reads what stands first in a pack.
func readMeta(r io.Reader, h *tar.Header) (*Meta, error) {
	if h.Name != metaName || h.Size > 64<<10 {
		return nil, fmt.Errorf("it does not begin with %s, as a pack does", metaName)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	m := &Meta{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("its %s cannot be read: %w", metaName, err)
	}
	return m, m.check()
}

func writeNew(path string, r io.Reader, size int64) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, r)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("it is damaged: %w", err)
	}
	return nil
}
