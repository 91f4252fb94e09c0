package signature_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pgstd/pgstd/trust/signature"
)

// keys makes a pair of keys and returns the folder that holds them.
func keys(t *testing.T) (dir string, key *signature.Key) {
	t.Helper()
	dir = t.TempDir()
	public, secret, err := signature.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "a.pub"), public)
	write(t, filepath.Join(dir, "a.key"), secret)
	key, err = signature.ReadKey(filepath.Join(dir, "a.key"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir, key
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSignature(t *testing.T) {
	dir, key := keys(t)
	other, _ := keys(t)
	data := []byte("what is signed")
	text := key.Sign(data, "a comment")
	trusted, err := signature.ReadTrusted(dir)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := trusted.Verify(data, text); err != nil || v.Key != "a.pub" || v.Comment != "a comment" {
		t.Errorf("%+v, %v", v, err)
	}
	strangers, err := signature.ReadTrusted(other)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		by   *signature.Trusted
		data string
		text string
		want string
	}{
		"another key":     {strangers, string(data), string(text), "is not in " + other},
		"other data":      {trusted, "what is Signed", string(text), "not of this file"},
		"another comment": {trusted, string(data), strings.Replace(string(text), "a comment", "b comment", 1), "not of this file"},
		"no signature":    {trusted, string(data), "", "minisign's format"},
		"half of it":      {trusted, string(data), string(text[:60]), "minisign's format"},
	} {
		if _, err := c.by.Verify([]byte(c.data), []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", what, err, c.want)
		}
	}
}

// A key that says that it takes little work to open, unlike those of minisign: it
// has to be one that no password opens.
func TestPassword(t *testing.T) {
	key := make([]byte, 158)
	copy(key, "EdScB2")
	binary.LittleEndian.PutUint64(key[38:], 1<<15)
	binary.LittleEndian.PutUint64(key[46:], 1<<20)
	path := filepath.Join(t.TempDir(), "a.key")
	write(t, path, []byte("untrusted comment: a key\n"+base64.StdEncoding.EncodeToString(key)+"\n"))
	asked := 0
	_, err := signature.ReadKey(path, func() (string, error) { asked++; return "wrong", nil })
	if asked != 1 || err == nil || !strings.Contains(err.Error(), "does not open") {
		t.Errorf("asked %d times: %v", asked, err)
	}
	failed := errors.New("no terminal")
	if _, err := signature.ReadKey(path, func() (string, error) { return "", failed }); err != failed {
		t.Error(err)
	}
}

func TestBadFolders(t *testing.T) {
	dir := t.TempDir()
	if _, err := signature.ReadTrusted(dir); err == nil || !strings.Contains(err.Error(), "no public key") {
		t.Error(err)
	}
	write(t, filepath.Join(dir, "b.pub"), []byte("nonsense"))
	if _, err := signature.ReadTrusted(dir); err == nil || !strings.Contains(err.Error(), "b.pub (no public key of minisign)") {
		t.Error(err)
	}
	if _, err := signature.ReadTrusted(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there")
	}
	if _, err := signature.ReadKey(filepath.Join(dir, "b.pub"), nil); err == nil || !strings.Contains(err.Error(), "not a secret key") {
		t.Error(err)
	}
}

// TestFolderAsTheServer: what the server passes over or refuses, so does the command.
func TestFolderAsTheServer(t *testing.T) {
	dir, key := keys(t)
	data := []byte("what is signed")
	text := key.Sign(data, "a comment")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	verify := func() error {
		trusted, err := signature.ReadTrusted(dir)
		if err == nil {
			_, err = trusted.Verify(data, text)
		}
		return err
	}
	must(verify())
	pub, err := os.ReadFile(filepath.Join(dir, "a.pub"))
	must(err)
	// None of these is waited for, and none is in the way of a key.
	must(syscall.Mkfifo(filepath.Join(dir, "0.pub"), 0o600))
	must(os.Symlink("/dev/zero", filepath.Join(dir, "1.pub")))
	must(os.Symlink("nowhere", filepath.Join(dir, "2.pub")))
	must(os.Mkdir(filepath.Join(dir, "3.pub"), 0o700))
	write(t, filepath.Join(dir, "4.pub"), make([]byte, 100_000))
	lines := bytes.Split(pub, []byte("\n"))
	raw, err := base64.StdEncoding.DecodeString(string(lines[1]))
	must(err)
	other := bytes.Clone(raw)
	other[len(other)-1] ^= 1
	// Another key of the same number comes first.
	write(t, filepath.Join(dir, "5.pub"), fmt.Appendf(nil, "%s\n%s\n", lines[0], base64.StdEncoding.EncodeToString(other)))
	write(t, filepath.Join(dir, "z.pub"), fmt.Appendf(nil, "%s\n%s\n", lines[0], base64.StdEncoding.EncodeToString(other)))
	must(verify())

	must(os.Chmod(filepath.Join(dir, "a.pub"), 0o664))
	if err := verify(); err == nil || !strings.Contains(err.Error(), "not by 5.pub or z.pub") {
		t.Errorf("a key that others can write: %v", err)
	}
	must(os.Chmod(filepath.Join(dir, "a.pub"), 0o644))
	for _, mode := range []os.FileMode{0o770, 0o702, 0o777 | os.ModeSticky} {
		must(os.Chmod(dir, mode))
		if err := verify(); err == nil || !strings.Contains(err.Error(), "others can write to it") {
			t.Errorf("a folder with mode %v: %v", mode, err)
		}
	}
	must(os.Chmod(dir, 0o755))
	must(verify())
	if os.Geteuid() == 0 {
		must(os.Chown(dir, 4711, -1))
		if err := verify(); err == nil {
			t.Error("another user's folder")
		}
	}
}

// TestMinisign: the minisign command accepts our signatures and keys, and we its.
func TestMinisign(t *testing.T) {
	minisign, err := exec.LookPath("minisign")
	if err != nil {
		t.Skip("minisign is not installed (apt-get install minisign)")
	}
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(minisign, args...).CombinedOutput(); err != nil {
			t.Errorf("minisign %q: %v\n%s", args, err, out)
		}
	}
	dir, key := keys(t)
	file := filepath.Join(dir, "file")
	data := []byte("some bytes")
	write(t, file, data)
	write(t, file+signature.Suffix, key.Sign(data, "made by us"))
	run("-V", "-p", filepath.Join(dir, "a.pub"), "-m", file)

	run("-S", "-s", filepath.Join(dir, "a.key"), "-m", file, "-t", "made by them")
	trusted, err := signature.ReadTrusted(dir)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := trusted.VerifyFile(file, data); err != nil || v.Comment != "made by them" {
		t.Errorf("%+v, %v", v, err)
	}
	run("-S", "-l", "-s", filepath.Join(dir, "a.key"), "-m", file) // without a digest, as old versions did
	if _, err := trusted.VerifyFile(file, data); err != nil {
		t.Error(err)
	}
	run("-G", "-W", "-f", "-p", filepath.Join(dir, "theirs.pub"), "-s", filepath.Join(dir, "theirs.key"))
	theirs, err := signature.ReadKey(filepath.Join(dir, "theirs.key"), nil)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file+signature.Suffix, theirs.Sign(data, "with their key"))
	run("-V", "-p", filepath.Join(dir, "theirs.pub"), "-m", file)
}
