package packs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/pgstd/pgstd/trust/signature"
)

// Trust says why a source is believed. The zero value believes nothing.
type Trust struct {
	Keys     *signature.Trusted // whoever has signed with one of these
	Digest   string             // SHA-256 of the index, or of the single pack
	Unsigned bool               // without a reason
}

// ErrUntrusted says that there is no reason to believe a source.
var ErrUntrusted = errors.New("nothing says whom to believe: name a folder of public keys with --trusted-keys, the digest with --digest, or give --unsigned")

// believe holds what has been read against what is trusted. sign gets the signature beside it.
func (t Trust) believe(name string, data []byte, sign func() ([]byte, error)) error {
	switch {
	case t.Digest != "":
		is := sha256.Sum256(data)
		if want := strings.ToLower(strings.TrimPrefix(t.Digest, "sha256:")); hex.EncodeToString(is[:]) != want {
			return fmt.Errorf("%s has the digest %x, and not the one that was given", name, is)
		}
		return nil
	case t.Keys != nil:
		text, err := sign()
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is not signed: there is no %s beside it", name, name+signature.Suffix)
		}
		if err != nil {
			return fmt.Errorf("reading the signature of %s: %w", name, err)
		}
		if _, err := t.Keys.Verify(data, text); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	case t.Unsigned:
		return nil
	}
	return ErrUntrusted
}

// Source is where packs come from: a folder, a file or an https URL, of an index or of a pack.
type Source struct {
	base   string // folder, or URL, that names are relative to
	remote bool
	name   string // in it
}

// maxIndex and maxSignature bound what is read before anything is believed.
const (
	maxIndex     = 4 << 20
	maxSignature = 8 << 10
)

// Open finds out what a source is. Nothing is read yet.
func Open(where string) (*Source, error) {
	if u, err := url.Parse(where); err == nil && strings.Contains(where, "://") {
		if u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return nil, fmt.Errorf("%s is no plain https URL; packs come from a folder, a file or https", where)
		}
		s := &Source{remote: true, base: where, name: IndexName}
		if dir, name := path.Split(u.Path); isFile(name) {
			u.Path = dir
			s.base, s.name = u.String(), name
		}
		if !strings.HasSuffix(s.base, "/") {
			s.base += "/"
		}
		return s, nil
	}
	info, err := os.Stat(where)
	if err != nil {
		return nil, fmt.Errorf("looking for packs: %w", err)
	}
	if info.IsDir() {
		return &Source{base: where, name: IndexName}, nil
	}
	if !isFile(where) {
		return nil, fmt.Errorf("%s is neither an index (%s) nor a pack (.tar.zst)", where, IndexName)
	}
	return &Source{base: filepath.Dir(where), name: filepath.Base(where)}, nil
}

func isFile(name string) bool {
	return strings.HasSuffix(name, ".tar.zst") || strings.HasSuffix(name, ".json")
}

// single tells whether the source is one pack.
func (s *Source) single() bool { return strings.HasSuffix(s.name, ".tar.zst") }

// String is where the source is.
func (s *Source) String() string { return s.where(s.name) }

func (s *Source) where(name string) string {
	if s.remote {
		return s.base + name
	}
	return filepath.Join(s.base, name)
}

// client follows redirections to https only, and does not wait for ever for an answer.
var client = http.Client{
	CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if r.URL.Scheme != "https" {
			return fmt.Errorf("it is redirected to %s, which is not https", r.URL.Redacted())
		}
		if len(via) > 5 {
			return errors.New("it is redirected too often")
		}
		return nil
	},
	Transport: func() http.RoundTripper {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.ResponseHeaderTimeout = time.Minute
		return t
	}(),
}

// open reads a file of the source.
func (s *Source) open(ctx context.Context, name string) (io.ReadCloser, error) {
	if !s.remote {
		path := s.where(name)
		if info, err := os.Stat(path); err != nil {
			return nil, err
		} else if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is no regular file", path)
		}
		return os.Open(path)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.where(name), nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		answer.Body.Close()
		err := fmt.Errorf("%s: the server answers %s", s.where(name), answer.Status)
		if answer.StatusCode == http.StatusNotFound {
			err = fmt.Errorf("%w (%w)", err, fs.ErrNotExist)
		}
		return nil, err
	}
	return answer.Body, nil
}

// read returns a small file of the source.
func (s *Source) read(ctx context.Context, name string, limit int64) ([]byte, error) {
	f, err := s.open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than the %d bytes that it may be", s.where(name), limit)
	}
	return data, err
}

// fetch copies a pack to a file and returns its digest. A larger one than it may be is not read whole.
func (s *Source) fetch(ctx context.Context, name, to string, limit int64) (digest string, size int64, err error) {
	in, err := s.open(ctx, name)
	if err != nil {
		return "", 0, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", 0, err
	}
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(out, h), io.LimitReader(in, limit+1))
	if e := out.Close(); err == nil {
		err = e
	}
	if err == nil && size > limit {
		err = fmt.Errorf("%s is larger than the %d bytes that it may be", s.where(name), limit)
	}
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// Index reads the index, once there is a reason to believe it. A single pack has none.
func (s *Source) Index(ctx context.Context, t Trust) (*Index, error) {
	data, err := s.read(ctx, s.name, maxIndex)
	if err != nil {
		return nil, fmt.Errorf("reading the index of packs: %w", err)
	}
	if err := t.believe(s.String(), data, func() ([]byte, error) { return s.read(ctx, s.name+signature.Suffix, maxSignature) }); err != nil {
		return nil, err
	}
	x, err := ParseIndex(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s, err)
	}
	return x, nil
}

// digestText is a digest as users give it.
var digestText = regexp.MustCompile(`^(sha256:)?[0-9a-fA-F]{64}$`)

// Check finds out whether a digest that a user has given is one.
func (t Trust) Check() error {
	if t.Digest != "" && !digestText.MatchString(t.Digest) {
		return fmt.Errorf("%q is no SHA-256 digest, which has 64 hexadecimal digits", t.Digest)
	}
	if t.Digest == "" && t.Keys == nil && !t.Unsigned {
		return ErrUntrusted
	}
	return nil
}
