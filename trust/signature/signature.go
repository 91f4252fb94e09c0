// Package signature signs files and verifies signatures, in minisign's format:
// FILE.minisig beside FILE, keys that the minisign command makes and reads.
//
// It does the arithmetic with aead.dev/minisign. The postgres host has C code of
// its own for the same (host/postgres/proof/signature.c), which the tests hold against
// this package.
//
// It is for pgbuild sign and verify, and for compilers that sign what they make.
package signature

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"aead.dev/minisign"

	"github.com/pgstd/pgstd/internal/regular"
)

// Suffix of a signature's file name.
const Suffix = ".minisig"

// maxFile is more than any file of a key or a signature has.
const maxFile = 8192

// Key is a secret key.
type Key struct{ private minisign.PrivateKey }

// ReadKey reads a secret key. It calls password only if the key is protected by
// one.
func ReadKey(path string, password func() (string, error)) (*Key, error) {
	text, err := readSmall(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the secret key: %w", err)
	}
	var k Key
	if !minisign.IsEncrypted(text) {
		if err := k.private.UnmarshalText(text); err != nil {
			return nil, fmt.Errorf("%s is not a secret key of minisign; make one with: pgbuild sign --new-key NAME", path)
		}
		return &k, nil
	}
	word, err := password()
	if err != nil {
		return nil, err
	}
	if k.private, err = minisign.DecryptKey(word, text); err != nil {
		return nil, fmt.Errorf("the password does not open %s", path)
	}
	return &k, nil
}

// Sign makes a signature of data. The comment is signed with it.
func (k *Key) Sign(data []byte, comment string) []byte {
	r := minisign.NewReader(bytes.NewReader(data))
	if _, err := io.Copy(io.Discard, r); err != nil {
		panic(err) // memory can be read
	}
	return r.SignWithComments(k.private, comment, fmt.Sprintf("signature from key %016X", k.private.ID()))
}

// NewKey makes a pair of keys, as the texts of their files. The secret one is
// protected by the password, unless that is empty.
func NewKey(password string) (public, secret []byte, err error) {
	pub, private, err := minisign.GenerateKey(nil)
	if err != nil {
		return nil, nil, err
	}
	if public, err = pub.MarshalText(); err != nil {
		return nil, nil, err
	}
	if password == "" {
		secret, err = private.MarshalText()
	} else {
		secret, err = minisign.EncryptKey(password, private)
	}
	return append(public, '\n'), append(secret, '\n'), err
}

// Trusted are the public keys of a folder.
type Trusted struct {
	dir     string
	keys    []trustedKey
	ignored []string // files that are passed over, and why
}

type trustedKey struct {
	name   string // of the file
	public minisign.PublicKey
}

// ReadTrusted reads the keys of a folder, NAME.pub each, by the rules of the server
// (host/postgres/proof/signature.c): what others could have put there proves nothing. The folder
// has to belong to root or the user, and nobody else may write to it; a file of which that
// is not true, or that holds no key, is passed over.
func ReadTrusted(dir string) (*Trusted, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot read the trusted keys: %w", err)
	}
	if !isProtected(dir) {
		return nil, fmt.Errorf("the folder of trusted keys %s belongs to neither root nor you, or others can write to it", dir)
	}
	t := &Trusted{dir: dir}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !strings.HasSuffix(e.Name(), ".pub") {
			continue
		}
		if !isProtected(path) {
			t.ignored = append(t.ignored, path+" (others can write to it)")
			continue
		}
		text, err := regular.ReadNamed(path, maxFile)
		if err != nil {
			t.ignored = append(t.ignored, err.Error())
			continue
		}
		key, ok := parseKey(text)
		if !ok {
			t.ignored = append(t.ignored, path+" (no public key of minisign)")
			continue
		}
		t.keys = append(t.keys, trustedKey{e.Name(), key})
	}
	if len(t.keys) == 0 {
		return nil, fmt.Errorf("no public key (NAME.pub) in %s%s", dir, t.passedOver())
	}
	return t, nil
}

// passedOver says which files hold no key that counts, for messages.
func (t *Trusted) passedOver() string {
	if len(t.ignored) == 0 {
		return ""
	}
	return "; passed over: " + strings.Join(t.ignored, ", ")
}

// parseKey reads the second line of a file of a public key.
func parseKey(text []byte) (key minisign.PublicKey, ok bool) {
	lines := strings.SplitN(string(text), "\n", 3)
	if len(lines) < 2 {
		return key, false
	}
	line := strings.TrimSuffix(lines[1], "\r")
	raw, err := base64.StdEncoding.Strict().DecodeString(line)
	if err != nil || len(raw) != keyBytes || strings.ContainsAny(line, "\r") || !bytes.HasPrefix(raw, []byte("Ed")) {
		return key, false
	}
	return key, key.UnmarshalText([]byte(line)) == nil
}

// keyBytes are those of a public key: algorithm, number, key.
const keyBytes = 2 + 8 + 32

// isProtected reports whether a file or folder belongs to root or the user, and nobody else
// may write to it.
func isProtected(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && (s.Uid == 0 || int(s.Uid) == os.Geteuid()) && info.Mode().Perm()&0o022 == 0
}

// Verified says by what a file is signed.
type Verified struct {
	Key     string `json:"key"`     // file name of the public key
	Comment string `json:"comment"` // what was signed with the file
}

// VerifyFile verifies data by the signature that lies beside path.
func (t *Trusted) VerifyFile(path string, data []byte) (*Verified, error) {
	text, err := readSmall(path + Suffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("it has no signature: there is no %s", path+Suffix)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read its signature: %w", err)
	}
	return t.Verify(data, text)
}

// Verify verifies data by the text of a signature.
func (t *Trusted) Verify(data, text []byte) (*Verified, error) {
	var s minisign.Signature
	if err := s.UnmarshalText(text); err != nil {
		return nil, errors.New("its signature is not in minisign's format")
	}
	var tried []string
	for _, k := range t.keys {
		if k.public.ID() != s.KeyID {
			continue
		}
		// Two keys can have one number.
		if minisign.Verify(k.public, data, text) {
			return &Verified{Key: k.name, Comment: s.TrustedComment}, nil
		}
		tried = append(tried, k.name)
	}
	if tried != nil {
		return nil, fmt.Errorf("its signature is not by %s, or not of this file", strings.Join(tried, " or "))
	}
	return nil, fmt.Errorf("it is signed by key %016X, which is not in %s%s", s.KeyID, t.dir, t.passedOver())
}

// readSmall reads a file of a key or a signature.
func readSmall(path string) ([]byte, error) { return regular.ReadNamed(path, maxFile) }
