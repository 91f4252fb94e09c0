// Package signature signs files and verifies signatures, in minisign's format:
// FILE.minisig beside FILE, keys that the minisign command makes and reads.
//
// It does the arithmetic with aead.dev/minisign. The postgres host has C code of
// its own for the same (host/postgres/signature.c), which the tests hold against
// this package.
package signature

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"aead.dev/minisign"
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
	dir  string
	keys map[string]minisign.PublicKey // by file name
}

// ReadTrusted reads every NAME.pub of a folder.
func ReadTrusted(dir string) (*Trusted, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot read the trusted keys: %w", err)
	}
	t := &Trusted{dir, map[string]minisign.PublicKey{}}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".pub") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		text, err := readSmall(path)
		if err != nil {
			return nil, fmt.Errorf("cannot read a trusted key: %w", err)
		}
		var key minisign.PublicKey
		if err := key.UnmarshalText(bytes.TrimSpace(text)); err != nil {
			return nil, fmt.Errorf("%s is not a public key of minisign; take it out of the folder", path)
		}
		t.keys[e.Name()] = key
	}
	if len(t.keys) == 0 {
		return nil, fmt.Errorf("no public key (NAME.pub) in %s", dir)
	}
	return t, nil
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
	for name, key := range t.keys {
		if key.ID() != s.KeyID {
			continue
		}
		if !minisign.Verify(key, data, text) {
			return nil, fmt.Errorf("its signature is not by %s, or not of this file", name)
		}
		return &Verified{Key: name, Comment: s.TrustedComment}, nil
	}
	return nil, fmt.Errorf("it is signed by key %016X, which is not in %s", s.KeyID, t.dir)
}

// readSmall reads a file of a key or a signature.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s is too large for a key or a signature", path)
	}
	return data, err
}
