package plgotest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/trust/signature"
)

// TestSignatures: a server that demands signatures runs functions that its compiler
// has signed, and no others.
func TestSignatures(t *testing.T) { signatures(t, "off", "{"+here+"}") }

// TestSignaturesOnBase: so it does on a base, which is signed as well.
func TestSignaturesOnBase(t *testing.T) {
	if !sharesBase {
		t.Skip("functions share no base")
	}
	signatures(t, "on", "{"+here+"+base}")
}

func signatures(t *testing.T, base, targets string) {
	ctx := context.Background()
	dir := keyFolder(t, "trusted")
	stranger := keyFolder(t, "stranger")
	const create = "create function add(a int, b int) returns int language plgo strict as $$ return a + b $$"
	for name, c := range map[string]struct{ key, refused string }{
		"signed":           {filepath.Join(dir, "trusted.key"), ""},
		"not signed":       {"", "It has no signature."},
		"by another's key": {filepath.Join(stranger, "stranger.key"), "not by a trusted key"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := start(ctx, Options{SignKey: c.key, Settings: []string{"plgo.shared_base=" + base, "pgstd.trusted_keys=" + filepath.Join(dir, "public")}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Stop(); err != nil {
					t.Error(err)
				}
			})
			if _, err := s.Query(ctx, create); err != nil {
				t.Fatal(err)
			}
			for _, query := range []string{"select add(1, 2)", "set role postgres; select add(1, 2)", "set plgo.debug = on; select add(1, 2)"} {
				out, err := s.Query(ctx, query)
				if c.refused == "" && (err != nil || !strings.HasSuffix(strings.TrimSpace(out), "3")) {
					t.Errorf("%s: %q, %v", query, out, err)
				}
				if c.refused != "" && (err == nil || !strings.Contains(err.Error(), "is not signed by a trusted key")) {
					t.Errorf("%s: %q, %v; want it refused: %s", query, out, err, c.refused)
				}
			}
			if c.refused != "" {
				return
			}
			if out, err := s.Query(ctx, "select distinct targets from plgo.functions"); err != nil || out != targets {
				t.Errorf("they are for %q, %v", out, err)
			}
			// The table has the signature; files can be made again from it.
			data, err := s.Query(ctx, "show data_directory")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(filepath.Join(strings.TrimSpace(data), "pgstd_objects")); err != nil {
				t.Fatal(err)
			}
			if out, err := s.Query(ctx, "select add(2, 3)"); err != nil || strings.TrimSpace(out) != "5" {
				t.Errorf("from the table: %q, %v", out, err)
			}
			// Nobody but a superuser writes there, be he the owner of the extension.
			if out, err := s.Query(ctx, "create role somebody; grant create on database postgres to somebody; set role somebody; update plgo.object set digest = digest"); err == nil || !strings.Contains(err.Error(), "permission denied") {
				t.Errorf("somebody writes: %q, %v", out, err)
			}
			// What is signed for one function is refused in another's row, and the one that
			// was there is good again: with files or without.
			if out, err := s.Query(ctx, "create function sub(a int, b int) returns int language plgo strict as $$ return a - b $$; select sub(5, 3)"); err != nil || strings.TrimSpace(out) != "2" {
				t.Fatalf("%q, %v", out, err)
			}
			const swap = "create temp table o as select * from plgo.object; " +
				"update plgo.object p set (digest, object, signature) = (select o.digest, o.object, o.signature from o where o.key <> p.key and o.function > 0) where p.function > 0"
			for _, files := range []bool{true, false} {
				for _, swapped := range []bool{true, false} {
					if _, err := s.Query(ctx, swap); err != nil {
						t.Fatal(err)
					}
					if !files {
						if err := os.RemoveAll(filepath.Join(strings.TrimSpace(data), "pgstd_objects")); err != nil {
							t.Fatal(err)
						}
					}
					for query, want := range map[string]string{"select add(2, 3)": "5", "select sub(2, 3)": "-1"} {
						out, err := s.Query(ctx, query)
						if swapped && (err == nil || !strings.Contains(err.Error(), "another function's object")) || !swapped && (err != nil || strings.TrimSpace(out) != want) {
							t.Errorf("swapped %v, with files %v: %s: %q, %v", swapped, files, query, out, err)
						}
					}
				}
			}
			if base == "on" {
				verifiedOnce(t, s, strings.TrimSpace(data), filepath.Join(dir, "public"), filepath.Join(keyFolder(t, "another"), "public/another.pub"))
			}
			// Without it, nothing runs in a new session.
			if _, err := s.Query(ctx, "update plgo.object set signature = replace(signature, 'trusted comment: pgstd', 'trusted comment: other')"); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(filepath.Join(strings.TrimSpace(data), "pgstd_objects")); err != nil {
				t.Fatal(err)
			}
			if out, err := s.Query(ctx, "select add(2, 3)"); err == nil || !strings.Contains(err.Error(), "is not signed by a trusted key") {
				t.Errorf("with a damaged signature: %q, %v", out, err)
			}
		})
	}
}

// verifiedOnce: the signature of a base is verified once while the server runs, and once more when another key is trusted.
func verifiedOnce(t *testing.T, s *Server, data, keys, another string) {
	t.Helper()
	digest, err := s.Query(t.Context(), "update plgo.object set signature = replace(signature, 'comment: pgstd', 'comment: other') where key = digest returning encode(digest, 'hex')")
	if err != nil {
		t.Fatal(err)
	}
	digest, _, _ = strings.Cut(digest, "\n")
	files, err := filepath.Glob(filepath.Join(data, "pgstd_objects/*/"+digest+"*.minisig"))
	if err != nil || len(files) != 1 {
		t.Fatalf("signatures of the base's file: %q, %v", files, err)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	if out, err := s.Query(t.Context(), "select add(2, 3)"); err != nil || out != "5" {
		t.Errorf("it is verified again: %q, %v", out, err)
	}
	key, err := os.ReadFile(another)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(keys, "another.pub"), key, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := s.Query(t.Context(), "select add(2, 3)"); err == nil || !strings.Contains(err.Error(), "is not signed by a trusted key") {
		t.Errorf("with another key: %q, %v", out, err)
	}
	if out, err := s.Query(t.Context(), "update plgo.object set signature = replace(signature, 'comment: other', 'comment: pgstd') where key = digest; select add(2, 3)"); err != nil || out != "5" {
		t.Errorf("signed again: %q, %v", out, err)
	}
}

// keyFolder makes NAME.key, and NAME.pub in a folder "public" that the server's user
// can read.
func keyFolder(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgstd-keys-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	public, secret, err := signature.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "public"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, data := range map[string][]byte{name + ".key": secret, "public/" + name + ".pub": public} {
		if err := os.WriteFile(filepath.Join(dir, path), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
