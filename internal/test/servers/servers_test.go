package servers

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/majors"
	"github.com/pgstd/pgstd/internal/pgconfig"
)

// folder makes a server's folder, or skips the test where there can be none.
func folder(t *testing.T, major majors.Major) string {
	t.Helper()
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := Folder(t.Context(), cache, major)
	if errors.Is(err, ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestServer starts the server of each major: it is what it says, and takes nothing of
// another one's.
func TestServer(t *testing.T) {
	for _, major := range majors.Tested() {
		t.Run(fmt.Sprint(major.Number), func(t *testing.T) {
			dir := folder(t, major)
			pg, err := pgconfig.Find(t.Context(), filepath.Join(dir, "pg_config"))
			if err != nil {
				t.Fatal(err)
			}
			if pg.Major != major.Number || pg.BinDir != dir {
				t.Errorf("pg_config answers %d in %s; want %d in %s", pg.Major, pg.BinDir, major.Number, dir)
			}
			if err := filepath.WalkDir(strings.TrimSuffix(dir, programs(major)), func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.Type()&fs.ModeSymlink == 0 {
					return err
				}
				if target, err := os.Readlink(path); err != nil || filepath.IsAbs(target) {
					return fmt.Errorf("%s leads out of the folder: %s, %v", path, target, err)
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
			c, err := cluster.Start(t.Context(), cluster.Options{PG: pg})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := c.Stop(); err != nil {
					t.Error(err)
				}
			}()
			got, err := c.Query(t.Context(), "select current_setting('server_version_num')::int / 10000, upper('ä'), '1'::xml is document")
			if want := fmt.Sprintf("%d|Ä|f", major.Number); err != nil || got != want {
				t.Errorf("got %q, %v; want %q", got, err, want)
			}
		})
	}
}

// TestUnavailable: what is missing is named, and nothing half made stays.
func TestUnavailable(t *testing.T) {
	cache := t.TempDir()
	if _, err := folderIn(t.Context(), cache, majors.Major{Number: 16}, runtime.GOARCH); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a major that no suite has: %v", err)
	}
	major, _ := majors.Find(17)
	t.Setenv("PATH", t.TempDir())
	_, err := folderIn(t.Context(), cache, major, runtime.GOARCH)
	if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "apt-get install patchelf") {
		t.Errorf("without patchelf: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "*-"+layout+"*")); len(left) != 1 || filepath.Ext(left[0]) != ".lock" {
		t.Errorf("left: %v", left)
	}
}

// TestMirror: apt is asked, and answers with an address.
func TestMirror(t *testing.T) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		t.Skip("no apt-get on this machine")
	}
	if mirror := mirrorOf(context.Background()); !strings.Contains(mirror, "://") {
		t.Errorf("mirror %q", mirror)
	}
}

func TestLibraries(t *testing.T) {
	list := []byte("'http://x/libc6_2_amd64.deb' libc6_2.41_amd64.deb 1 SHA256:x\n" +
		"'http://x/a.deb' libllvm19_1_amd64.deb 1 x\n'http://x/b.deb' libssl-dev_3_amd64.deb 1 x\n" +
		"'http://x/c.deb' perl-base_5_amd64.deb 1 x\n'http://x/d.deb' libicu76_1%3a76_amd64.deb 1 x\n" +
		"'http://x/e.deb' zlib1g_1%3a1.2_amd64.deb 1 x\n")
	if got := strings.Join(libraries(packages(list)), " "); got != "libc6 libicu76 zlib1g" {
		t.Errorf("got %q", got)
	}
}
