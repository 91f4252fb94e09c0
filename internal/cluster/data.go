package cluster

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pgstd/pgstd/internal/pgconfig"
)

// initArgs make a cluster that is the same on every machine, without the
// rituals of one that is to last.
var initArgs = []string{
	"--no-sync", "--no-instructions", "--auth=trust", "--username=" + superuser,
	"--encoding=UTF8", "--locale=C.UTF-8",
}

// initData makes a data directory. With a cache, initdb runs once for each
// server program and account, and what it made is copied afterwards: a tenth of
// the time.
func initData(ctx context.Context, pg *pgconfig.Config, a *account, cacheDir, data string) error {
	if cacheDir == "" {
		return initdb(ctx, pg, a, data)
	}
	key, err := dataKey(pg, a)
	if err != nil {
		return err
	}
	template := filepath.Join(cacheDir, key)
	if _, err := os.Stat(template); err == nil {
		return copyTree(ctx, template, data)
	}
	if err := initdb(ctx, pg, a, data); err != nil {
		return err
	}
	// The cluster that is there works without the cache: a full disk or another
	// process that was faster is no reason to fail.
	_ = keepTemplate(ctx, data, template)
	return nil
}

func initdb(ctx context.Context, pg *pgconfig.Config, a *account, data string) error {
	cmd := exec.CommandContext(ctx, pg.Bin("initdb"), append(initArgs, "--pgdata="+data)...)
	cmd.Dir = filepath.Dir(data)
	cmd.Env = serverEnv(os.Environ())
	a.run(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// makeData gives the account what somebody else has made.
func makeData(ctx context.Context, make func(context.Context, string) error, a *account, data string) error {
	if err := make(ctx, data); err != nil {
		return err
	}
	return filepath.WalkDir(data, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return a.own(path)
	})
}

// dataKey names what initdb's result depends on. Builds from a development
// branch share a version, hence the program's own size and time.
func dataKey(pg *pgconfig.Config, a *account) (string, error) {
	info, err := os.Stat(pg.Bin("postgres"))
	if err != nil {
		return "", err
	}
	uid := os.Geteuid()
	if a != nil {
		uid = int(a.uid)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d %d %q", pg.Bin("postgres"), info.Size(), info.ModTime().UnixNano(), uid, initArgs))
	return fmt.Sprintf("pg%s-%x", pg.Version, sum[:8]), nil
}

// keepTemplate copies data into the cache under a temporary name and renames it.
func keepTemplate(ctx context.Context, data, template string) error {
	if err := os.MkdirAll(filepath.Dir(template), 0o700); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(filepath.Dir(template), ".new-")
	if err != nil {
		return err
	}
	copied := filepath.Join(temporary, "data")
	err = copyTree(ctx, data, copied)
	if err == nil {
		err = os.Rename(copied, template)
	}
	return errors.Join(err, os.RemoveAll(temporary))
}

// copyTree leaves it to cp to keep owners and permissions and to share blocks
// where the file system can.
func copyTree(ctx context.Context, from, to string) error {
	if out, err := exec.CommandContext(ctx, "cp", "-Rp", from, to).CombinedOutput(); err != nil {
		return fmt.Errorf("cannot copy a data directory: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
