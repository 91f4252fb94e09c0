package cluster_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/pgconfig"
)

// killedEnv makes the test binary start a cluster, say so and kill itself.
const killedEnv = "PGSTD_TEST_KILLED"

func TestMain(m *testing.M) {
	if os.Getenv(killedEnv) != "" {
		startAndDie()
	}
	os.Exit(m.Run())
}

func startAndDie() {
	pg, err := pgconfig.Find(context.Background(), "")
	if err == nil {
		var c *cluster.Cluster
		if c, err = cluster.Start(context.Background(), cluster.Options{PG: pg}); err == nil {
			fmt.Println(c.Dir(), c.Pid())
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func installation(t *testing.T) *pgconfig.Config {
	t.Helper()
	pg, err := pgconfig.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return pg
}

func start(t *testing.T, o cluster.Options) *cluster.Cluster {
	t.Helper()
	if o.PG == nil {
		o.PG = installation(t)
	}
	c, err := cluster.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func query(t *testing.T, c *cluster.Cluster, sql, want string) {
	t.Helper()
	got, err := c.Query(t.Context(), sql)
	if err != nil || got != want {
		t.Errorf("%s: got %q, %v; want %q", sql, got, err, want)
	}
}

// extension writes an extension of SQL alone and returns its files.
func extension(t *testing.T, name string) []string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		name + ".control":  "default_version = '1.0'\n",
		name + "--1.0.sql": "create function " + name + "() returns text language sql return '" + name + "';\n",
	}
	var paths []string
	for file, text := range files {
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

func TestCluster(t *testing.T) {
	pg := installation(t)
	c := start(t, cluster.Options{PG: pg, Settings: []string{"work_mem=123kB"}, Files: extension(t, "scratchy")})

	query(t, c, "select 1, null, 'x'", "1||x")
	query(t, c, "show server_version_num", strings.TrimSpace(versionNum(t, pg)))
	query(t, c, "show server_encoding", "UTF8")
	query(t, c, "show listen_addresses", "")
	query(t, c, "show work_mem", "123kB")
	query(t, c, "create extension scratchy; select scratchy()", "scratchy")
	// A module of the installation, through $libdir.
	query(t, c, "do language plpgsql 'begin end'", "")

	if _, err := c.Query(t.Context(), "select 1;\nselect nothing;\nselect 2"); err == nil || !strings.Contains(err.Error(), `column "nothing" does not exist`) {
		t.Errorf("a failing query: %v", err)
	}
	if err := c.Install(extension(t, "late")...); err != nil {
		t.Fatal(err)
	}
	query(t, c, "create extension late; select late()", "late")
	for _, dir := range []string{pg.ShareDir, pg.PkgLibDir} {
		if found, _ := filepath.Glob(filepath.Join(dir, "*", "scratchy*")); found != nil {
			t.Errorf("left in the installation: %s", found)
		}
	}
	if info, err := os.Stat(c.Dir()); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory's mode: %v, %v", info.Mode(), err)
	}

	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	gone(t, c.Dir(), c.Pid())
	if err := c.Stop(); err != nil {
		t.Errorf("second stop: %v", err)
	}
}

func versionNum(t *testing.T, pg *pgconfig.Config) string {
	t.Helper()
	_, minor, _ := strings.Cut(pg.Version, ".")
	n, err := strconv.Atoi(minor)
	if err != nil {
		t.Skipf("PostgreSQL %s is not a release", pg.Version)
	}
	return strconv.Itoa(pg.Major*10000 + n)
}

func gone(t *testing.T, dir string, pid int) {
	t.Helper()
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", dir, err)
	}
	if alive(pid) {
		t.Errorf("process %d is still there", pid)
	}
}

func TestTemplate(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "cache")
	var clusters []*cluster.Cluster
	for range 2 {
		clusters = append(clusters, start(t, cluster.Options{CacheDir: cache}))
	}
	kept, err := os.ReadDir(cache)
	if err != nil || len(kept) != 1 {
		t.Fatalf("the cache holds %v, %v; want one cluster", kept, err)
	}
	// The second was copied from it: both have the first one's identity.
	const identity = "select system_identifier from pg_control_system()"
	first, err := clusters[0].Query(t.Context(), identity)
	if err != nil {
		t.Fatal(err)
	}
	query(t, clusters[1], identity, first)
	query(t, clusters[0], "create table only_here(); select count(*) from only_here", "0")
	query(t, clusters[1], "select to_regclass('only_here')", "")
}

func TestSideBySide(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 3 {
		name := fmt.Sprintf("ext%d", i)
		files := extension(t, name)
		wg.Go(func() {
			c := start(t, cluster.Options{Files: files})
			query(t, c, "create extension "+name+"; select "+name+"()", name)
			query(t, c, "select count(*) from pg_available_extensions where name ~ '^ext[0-9]'", "1")
		})
	}
	wg.Wait()
}

// A server that refuses to start shows why, and leaves nothing.
func TestRefusedStart(t *testing.T) {
	temp := publicTempDir(t)
	_, err := cluster.Start(t.Context(), cluster.Options{PG: installation(t), Settings: []string{"no_such_setting=1"}})
	if err == nil || !strings.Contains(err.Error(), `unrecognized configuration parameter "no_such_setting"`) {
		t.Fatalf("error: %v", err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestCancelledStart(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("stopped by the user"))
	if _, err := cluster.Start(ctx, cluster.Options{PG: installation(t)}); err == nil {
		t.Fatal("no error")
	}
}

func TestNoServer(t *testing.T) {
	pg := *installation(t)
	pg.BinDir = t.TempDir()
	_, err := cluster.Start(t.Context(), cluster.Options{PG: &pg})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("apt-get install postgresql-%d", pg.Major)) {
		t.Errorf("error: %v", err)
	}
}

// A process that is killed takes its server with it, and the next one removes
// the directory.
func TestKilled(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killedEnv+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	cmd.Wait()
	if err != nil {
		t.Fatal(err)
	}
	var dir string
	var pid int
	if _, err := fmt.Sscan(line, &dir, &pid); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	for alive(pid) {
		time.Sleep(10 * time.Millisecond)
	}
	if err := os.Chtimes(dir, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	start(t, cluster.Options{})
	gone(t, dir, pid)
}

// alive is false for a process that has ended, also while nobody has waited for it.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// publicTempDir makes TMPDIR a directory that the server's account can reach.
func publicTempDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	return dir
}

// Directories that the server could not use are passed by.
func TestPlace(t *testing.T) {
	temp := publicTempDir(t)
	t.Setenv("TMPDIR", filepath.Join(temp, strings.Repeat("long/", 20)))
	if c := start(t, cluster.Options{}); filepath.Dir(c.Dir()) != "/tmp" {
		t.Errorf("cluster in %s", c.Dir())
	}
	t.Setenv("TMPDIR", temp)
	if c := start(t, cluster.Options{}); filepath.Dir(c.Dir()) != temp {
		t.Errorf("cluster in %s, not in %s", c.Dir(), temp)
	}
}
