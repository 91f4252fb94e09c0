package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pgstd/pgstd/internal/pgconfig"
)

// privateView builds a directory tree that the server takes for its
// installation, with room for files of our own.
//
// PostgreSQL finds its other directories from where its program lies, by the
// same relative paths that it was configured with, so a copy of that one file in
// a tree of the same shape is enough: the rest are links. Programs look through
// links for where they lie, hence the copy.
func privateView(ctx context.Context, pg *pgconfig.Config, root string) (*pgconfig.Config, error) {
	prefix := commonPrefix(pg.BinDir, pg.ShareDir, pg.PkgLibDir)
	at := func(dir string) string { return filepath.Join(root, strings.TrimPrefix(dir, prefix)) }
	view := &pgconfig.Config{
		Version: pg.Version, Major: pg.Major,
		BinDir: at(pg.BinDir), ShareDir: at(pg.ShareDir), PkgLibDir: at(pg.PkgLibDir),
		IncludeDirServer: pg.IncludeDirServer,
	}
	if err := os.MkdirAll(view.BinDir, 0o755); err != nil {
		return nil, err
	}
	// cp, and not a copy made here: while this process has the file open for
	// writing, a child that it happens to start inherits that, and the file
	// could not be run ("text file busy").
	cp := exec.CommandContext(ctx, "cp", pg.Bin("postgres"), view.Bin("postgres"))
	if out, err := cp.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cannot copy the server: %w: %s", err, out)
	}
	for _, dir := range [][2]string{
		{pg.ShareDir, view.ShareDir},
		{filepath.Join(pg.ShareDir, "extension"), filepath.Join(view.ShareDir, "extension")},
		{pg.PkgLibDir, view.PkgLibDir},
	} {
		if err := linkAll(dir[0], dir[1]); err != nil {
			return nil, err
		}
	}
	// A build with its libraries found relative to the program needs them there.
	for _, lib := range []string{"lib", "lib64"} {
		from, to := filepath.Join(filepath.Dir(pg.BinDir), lib), filepath.Join(filepath.Dir(view.BinDir), lib)
		if _, err := os.Lstat(to); os.IsNotExist(err) {
			if err := os.Symlink(from, to); err != nil {
				return nil, err
			}
		}
	}
	return view, nil
}

// linkAll makes the directory to and in it a link to each entry of from, but for
// the extension directory, which gets links of its own.
func linkAll(from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == "extension" && e.IsDir() {
			continue
		}
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// commonPrefix is the deepest directory that holds all of them.
func commonPrefix(dirs ...string) string {
	prefix := filepath.Clean(dirs[0])
	for _, dir := range dirs[1:] {
		for prefix != "/" && !strings.HasPrefix(filepath.Clean(dir)+"/", prefix+"/") {
			prefix = filepath.Dir(prefix)
		}
	}
	return prefix
}

// checkInstallation says what to install when only part of PostgreSQL is there.
func checkInstallation(pg *pgconfig.Config) error {
	for _, program := range []string{"postgres", "initdb"} {
		if _, err := os.Stat(pg.Bin(program)); err != nil {
			return fmt.Errorf("there is no PostgreSQL server at %s; install it (apt-get install postgresql-%d) or name another with --pg-config", pg.BinDir, pg.Major)
		}
	}
	return nil
}

// psqlPath prefers the psql of the same installation; on some systems the client is
// packaged elsewhere.
func psqlPath(o Options) string {
	if o.Psql != "" {
		return o.Psql
	}
	if own := o.PG.Bin("psql"); isFile(own) {
		return own
	}
	return "psql"
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
