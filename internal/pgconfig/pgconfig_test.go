package pgconfig_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/pgconfig"
)

// fake writes a pg_config that prints the given version line.
func fake(t *testing.T, version string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pg_config")
	script := fmt.Sprintf("#!/bin/sh\ncat <<'END'\nBINDIR = /b\nSHAREDIR = /s\nPKGLIBDIR = /l\nINCLUDEDIR-SERVER = /i\nCONFIGURE =  '--with-x = y'\n%s\nEND\n", version)
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestVersions(t *testing.T) {
	for _, test := range []struct {
		line, version string
		major         int
		refused       string
	}{
		{"VERSION = PostgreSQL 15.20 (Debian 15.20-0+deb12u1)", "15.20", 15, ""},
		{"VERSION = PostgreSQL 14.0", "14.0", 14, ""},
		{"VERSION = PostgreSQL 18beta1", "18beta1", 18, ""},
		{"VERSION = PostgreSQL 12.22", "", 0, "PostgreSQL 12.22, which is not supported; name one of a PostgreSQL from 14 to 19"},
		{"VERSION = PostgreSQL 20devel", "", 0, "PostgreSQL 20devel, which is not supported"},
		{"VERSION = PostgreSQL 9.6.24", "", 0, "which is not supported"},
		{"VERSION = MySQL 8", "", 0, `its version is "MySQL 8"`},
		{"", "", 0, "it prints no VERSION"},
	} {
		t.Run(test.line, func(t *testing.T) {
			c, err := pgconfig.Find(t.Context(), fake(t, test.line))
			if test.refused != "" {
				if err == nil || !strings.Contains(err.Error(), test.refused) || !strings.Contains(err.Error(), "--pg-config") {
					t.Fatalf("error %v; want one with %q", err, test.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.Version != test.version || c.Major != test.major {
				t.Errorf("version %s, major %d", c.Version, c.Major)
			}
			if c.BinDir != "/b" || c.ShareDir != "/s" || c.PkgLibDir != "/l" || c.IncludeDirServer != "/i" {
				t.Errorf("directories %+v", c)
			}
		})
	}
}

func TestDir(t *testing.T) {
	c := &pgconfig.Config{ShareDir: "/s", PkgLibDir: "/l"}
	for file, want := range map[string]string{
		"/out/a.so": "/l", "/out/a.so.minisig": "/l", "a.control": "/s/extension", "a--1.0.sql": "/s/extension",
	} {
		if got := c.Dir(file); got != want {
			t.Errorf("Dir(%s) = %s, want %s", file, got, want)
		}
	}
}

func TestMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := pgconfig.Find(t.Context(), ""); !errors.Is(err, pgconfig.ErrNotFound) {
		t.Errorf("without pg_config in PATH: %v", err)
	}
	_, err := pgconfig.Find(t.Context(), filepath.Join(t.TempDir(), "nowhere"))
	if err == nil || !strings.Contains(err.Error(), "cannot run pg_config") {
		t.Errorf("absent path: %v", err)
	}
}

func TestFailing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pg_config")
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho no server here >&2\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := pgconfig.Find(t.Context(), path)
	if err == nil || !strings.Contains(err.Error(), "no server here; name a working one") {
		t.Errorf("error %v", err)
	}
}
