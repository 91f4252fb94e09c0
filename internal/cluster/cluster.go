// Package cluster starts scratch PostgreSQL servers: a fresh cluster and a
// private view of the installation in one temporary directory, reachable
// through a Unix socket in it and in no other way, all gone when it stops.
//
// Extensions are installed into the private view only, so nothing of the system
// is touched and any number of clusters can run side by side. A cluster keeps
// its data as badly as it can (fsync is off): it is no place for data.
package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/pgconfig"
)

// Options say what to start. PG is needed, the rest has defaults.
type Options struct {
	PG       *pgconfig.Config
	CacheDir string   // keeps initialised clusters to start from; empty: none are kept
	Settings []string // further settings, each "name=value"
	Files    []string // extension files to install before the start
	Env      []string // more environment for the server, each "NAME=value"
	// Psql is the client; empty: the installation's own, or the one in PATH if it has none.
	Psql string
	// MakeData makes the data directory, in place of initdb: that of a standby, say.
	MakeData func(ctx context.Context, data string) error
}

// Cluster is a running server.
type Cluster struct {
	dir    string
	pg     *pgconfig.Config // as the server sees it: the private view
	psql   string
	owner  *owner
	server *server
}

// superuser owns every cluster, whatever account runs it.
const superuser = "postgres"

// port is only part of the socket's name: no cluster listens on a network.
const port = "5432"

// Start makes a cluster and waits until it takes connections. The caller calls
// Stop; should it die before that, the kernel ends the server, and the next
// Start removes the directory.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	account, err := serverAccount()
	if err != nil {
		return nil, err
	}
	if err := checkInstallation(o.PG); err != nil {
		return nil, err
	}
	owner, err := claim(scratchBase(account), account)
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: owner.dir, owner: owner, psql: psqlPath(o)}
	if err := c.start(ctx, o, account); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context, o Options, account *account) (err error) {
	if c.pg, err = privateView(ctx, o.PG, filepath.Join(c.dir, "server")); err != nil {
		return err
	}
	if err := c.Install(o.Files...); err != nil {
		return err
	}
	data := filepath.Join(c.dir, "data")
	if o.MakeData != nil {
		err = makeData(ctx, o.MakeData, account, data)
	} else {
		err = initData(ctx, o.PG, account, o.CacheDir, data)
	}
	if err != nil {
		return err
	}
	c.server, err = startServer(ctx, c.pg.Bin("postgres"), c.dir, data, account, o.Env, settings(c.dir, o.Settings))
	return err
}

// isolation is the variable of the environment that has the servers of tests run Go code in
// cells, if they do not say otherwise: the matrix has an option for it.
const isolation = "PGSTD_ISOLATION"

// settings are the server's arguments. Each default trades safety for speed,
// or keeps something of this machine out of what a query shows.
func settings(dir string, extra []string) []string {
	var args []string
	if where := os.Getenv(isolation); where != "" {
		extra = append([]string{"pgstd.isolation=" + where}, extra...)
	}
	for _, s := range append([]string{
		"listen_addresses=",
		"port=" + port,
		"unix_socket_directories=" + dir,
		"unix_socket_permissions=0700",
		"fsync=off",
		"synchronous_commit=off",
		"full_page_writes=off",
		"wal_level=minimal",
		"max_wal_senders=0",
		"max_connections=30",
		"shared_buffers=64MB",
		// Shared memory in the data directory is removed with it.
		"dynamic_shared_memory_type=mmap",
		"timezone=UTC",
		"log_timezone=UTC",
		"logging_collector=off",
		"log_line_prefix=%p ",
	}, extra...) {
		args = append(args, "-c", s)
	}
	return args
}

// Install puts an extension's files where the server finds them.
func (c *Cluster) Install(files ...string) error {
	for _, file := range files {
		to := filepath.Join(c.pg.Dir(file), filepath.Base(file))
		if err := atomicfile.Copy(to, file, pgstd.FileMode(file)); err != nil {
			return fmt.Errorf("cannot install into the scratch cluster: %w", err)
		}
	}
	return nil
}

// Env is what libpq programs need to connect as the superuser.
func (c *Cluster) Env() []string {
	return []string{"PGHOST=" + c.dir, "PGPORT=" + port, "PGUSER=" + superuser, "PGDATABASE=postgres"}
}

// URL is what drivers that take one need to connect to a database as the superuser.
func (c *Cluster) URL(database string) string {
	return fmt.Sprintf("host='%s' port=%s user=%s dbname='%s' sslmode=disable", c.dir, port, superuser, database)
}

// Dir holds the socket, the data and the log.
func (c *Cluster) Dir() string { return c.dir }

// Major is the server's.
func (c *Cluster) Major() int { return c.pg.Major }

// Pid is the postmaster's process id.
func (c *Cluster) Pid() int { return c.server.pid() }

// Log is what the server has written so far.
func (c *Cluster) Log() string { return readLog(c.dir) }

// Psql is a psql that connects to the cluster. Standard streams are the
// caller's to set. PG variables of the environment are not passed on.
func (c *Cluster) Psql(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.psql, args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, c.Env()...)
	return cmd
}

// Query runs SQL and returns what psql prints: rows without decoration, fields
// separated by "|". The first error ends it.
func (c *Cluster) Query(ctx context.Context, sql string) (string, error) {
	cmd := c.Psql(ctx, "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-")
	var errs bytes.Buffer
	cmd.Stdin, cmd.Stderr = strings.NewReader(sql), &errs
	out, err := cmd.Output()
	if err != nil {
		if text := strings.TrimSpace(errs.String()); text != "" {
			err = errors.New(text)
		}
		return string(out), err
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// View is the installation as the server sees it.
func (c *Cluster) View() *pgconfig.Config { return c.pg }

// Done is closed when the server has ended.
func (c *Cluster) Done() <-chan struct{} { return c.server.done }

// StopKeeping is Stop, where keep gets the data directory of the server that has ended.
func (c *Cluster) StopKeeping(keep func(data string) error) error {
	err := c.server.stop()
	if err == nil {
		err = keep(filepath.Join(c.dir, "data"))
	}
	return errors.Join(err, c.owner.release())
}

// Stop ends the server and removes everything. It can be called more than once.
func (c *Cluster) Stop() error {
	var err error
	if c.server != nil {
		err = c.server.stop()
	}
	return errors.Join(err, c.owner.release())
}

// server is a postmaster and what it takes to see it end.
type server struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// startServer starts the postmaster and waits until it is ready.
func startServer(ctx context.Context, program, dir, data string, account *account, env, args []string) (*server, error) {
	log, err := os.OpenFile(logPath(dir), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(program, append([]string{"-D", data}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = data, log, log
	cmd.Env = append(serverEnv(os.Environ()), env...)
	cmd.SysProcAttr = account.attributes()
	// A terminal's Ctrl-C is meant for psql, not for the server behind it.
	cmd.SysProcAttr.Setpgid = true
	s := &server{cmd: cmd, done: make(chan struct{})}
	if err := s.start(); err != nil {
		return nil, fmt.Errorf("cannot start PostgreSQL: %w", err)
	}
	if err := s.waitReady(ctx, data); err != nil {
		s.stop()
		if log := strings.TrimSpace(readLog(dir)); log != "" {
			err = fmt.Errorf("%w\n%s", err, log)
		}
		return nil, err
	}
	return s, nil
}

// serverEnv is the environment without what would change the server: variables
// of libpq and PostgreSQL, the locale, the time zone.
func serverEnv(environ []string) []string {
	var kept []string
	for _, v := range environ {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "LC_") && !strings.HasPrefix(v, "LANG") && !strings.HasPrefix(v, "TZ=") {
			kept = append(kept, v)
		}
	}
	return append(kept, "LC_ALL=C.UTF-8")
}

func (s *server) pid() int { return s.cmd.Process.Pid }

// waitReady reads the postmaster's own status, as pg_ctl does: the last line of
// its pid file.
func (s *server) waitReady(ctx context.Context, data string) error {
	const statusLine = 7
	for {
		pid, _ := os.ReadFile(filepath.Join(data, "postmaster.pid"))
		lines := strings.Split(string(pid), "\n")
		if len(lines) > statusLine && lines[0] == strconv.Itoa(s.pid()) && strings.TrimSpace(lines[statusLine]) == "ready" {
			return nil
		}
		select {
		case <-s.done:
			//lint:ignore ST1005 the log follows
			return fmt.Errorf("PostgreSQL ended at its start (%s); its log:", s.cmd.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("waiting for PostgreSQL to start: %w", context.Cause(ctx))
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// stop asks ever less politely. A backend that hangs ignores the first signal;
// the postmaster kills it five seconds after the second.
func (s *server) stop() error {
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{
		{syscall.SIGINT, 3 * time.Second},
		{syscall.SIGQUIT, 10 * time.Second},
		{syscall.SIGKILL, 10 * time.Second},
	} {
		s.cmd.Process.Signal(step.signal)
		select {
		case <-s.done:
			return nil
		case <-time.After(step.wait):
		}
	}
	return fmt.Errorf("PostgreSQL (process %d) does not end", s.pid())
}

func logPath(dir string) string { return filepath.Join(dir, "log") }

func readLog(dir string) string {
	log, _ := os.ReadFile(logPath(dir))
	return string(log)
}
