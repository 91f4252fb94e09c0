// Package session keeps scratch PostgreSQLs with an extension, or the language plgo, under a name, from one command to
// the next. Each has a folder in the cache and a keeper: a process of its own that starts the
// server, ends it when it is told to, and puts its data aside for the next start.
//
// It is as bad a place for data as every scratch cluster (package cluster): what a machine does that
// goes down, is lost.
package session

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/pgconfig"
)

// Session is one, running or not.
type Session struct {
	Name      string
	Extension string
	Package   string // folder or import path that it was built from
	Where     string // the folder that Package is relative to
	PGConfig  string
	Files     []string // of the extension, by their names in the session's folder
	Stale     bool     // the data that was put aside has the extension of another script
	Plgo      bool     // it has the language plgo and a compiler, and no package
	Compiler  []string // flags of that compiler
	dir       string
}

// state is what a keeper says of its server.
type state struct {
	Pid       int
	Env       []string
	Psql      string
	ShareDir  string
	PkgLibDir string
	Version   string
}

var goodName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$`)

// Folder is where sessions are kept: in a cache, or where PGSTD_SESSIONS in the environment says.
func Folder(cacheDir string) string {
	return cmp.Or(os.Getenv("PGSTD_SESSIONS"), filepath.Join(cacheDir, "sessions"))
}

// New names a session, which need not be there.
func New(cacheDir, name string) (*Session, error) {
	if !goodName.MatchString(name) {
		return nil, fmt.Errorf("%q cannot be the name of a session; take letters, digits, -, _ and dots", name)
	}
	return &Session{Name: name, dir: filepath.Join(Folder(cacheDir), name)}, nil
}

// Open opens one that is there.
func Open(cacheDir, name string) (*Session, error) {
	s, err := New(cacheDir, name)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(s.path("session.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no session %s; \"pgbuild start %[1]s PACKAGE\" begins one, \"pgbuild status\" lists them", name)
	}
	if err != nil {
		return nil, err
	}
	return s, json.Unmarshal(data, s)
}

// List opens all that are there.
func List(cacheDir string) ([]*Session, error) {
	entries, err := os.ReadDir(Folder(cacheDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var all []*Session
	for _, e := range entries {
		if s, err := Open(cacheDir, e.Name()); err == nil {
			all = append(all, s)
		}
	}
	return all, nil
}

func (s *Session) path(name string) string { return filepath.Join(s.dir, name) }

// FilesDir is where the extension's files are to be built, before Save.
func (s *Session) FilesDir() (string, error) {
	dir := s.path("files")
	return dir, os.MkdirAll(dir, 0o700)
}

// FilePaths are the extension's files.
func (s *Session) FilePaths() []string {
	var files []string
	for _, name := range s.Files {
		files = append(files, filepath.Join(s.path("files"), name))
	}
	return files
}

// Save writes down what the session is.
func (s *Session) Save() error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return atomicfile.Write(s.path("session.json"), data, 0o600)
}

// lock is held by the keeper for as long as it lives.
func (s *Session) lock() (*os.File, error) {
	f, err := os.OpenFile(s.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Running tells whether the session has a keeper.
func (s *Session) Running() bool {
	f, err := s.lock()
	if err != nil {
		return errors.Is(err, syscall.EWOULDBLOCK)
	}
	f.Close()
	return false
}

func (s *Session) state() (*state, error) {
	data, err := os.ReadFile(s.path("state.json"))
	if err != nil || !s.Running() {
		return nil, fmt.Errorf("session %s does not run; start it with: pgbuild start %[1]s", s.Name)
	}
	st := &state{}
	return st, json.Unmarshal(data, st)
}

// wait is how long a server may take to start or to end.
const wait = 2 * time.Minute

// Start starts a keeper: the command is one that calls Keep. It returns when the server takes
// connections.
func (s *Session) Start(ctx context.Context, keeper *exec.Cmd) error {
	if s.Running() {
		return nil
	}
	for _, name := range []string{"state.json", "stop"} {
		if err := os.Remove(s.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	log, err := os.Create(s.path("keeper.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	keeper.Stdout, keeper.Stderr = log, log
	// No terminal, and no signal that is meant for whoever starts it.
	keeper.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	// Nor what whoever started this process has left open, such as the lock of a script.
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return err
	}
	if err := keeper.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- keeper.Wait() }()
	for deadline := time.Now().Add(wait); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(s.path("state.json")); err == nil {
			return nil
		}
		select {
		case <-ended:
			said, _ := os.ReadFile(s.path("keeper.log"))
			return fmt.Errorf("session %s has not started: %s", s.Name, strings.TrimPrefix(strings.TrimSpace(string(said)), "pgbuild: "))
		case <-ctx.Done():
			return errors.Join(ctx.Err(), s.Stop())
		default:
		}
		if time.Now().After(deadline) {
			return errors.Join(fmt.Errorf("session %s does not start", s.Name), s.Stop())
		}
	}
}

// Stop tells the keeper to end the server, and waits until it has put its data aside.
func (s *Session) Stop() error {
	if !s.Running() {
		return nil
	}
	if err := os.WriteFile(s.path("stop"), nil, 0o600); err != nil {
		return err
	}
	for deadline := time.Now().Add(wait); s.Running(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("session %s does not end; see %s", s.Name, s.path("keeper.log"))
		}
	}
	return nil
}

// Remove stops the session and removes it with its data.
func (s *Session) Remove() error {
	if err := s.Stop(); err != nil {
		return err
	}
	return os.RemoveAll(s.dir)
}

// Server is what a keeper runs.
type Server interface {
	Query(ctx context.Context, sql string) (string, error)
	Psql(ctx context.Context, args ...string) *exec.Cmd
	Env() []string
	View() *pgconfig.Config
	Done() <-chan struct{}
	Log() string
	StopKeeping(keep func(data string) error) error
}

// MakeData makes the data directory of a server; nil: it gets a new one.
type MakeData func(ctx context.Context, data string) error

// Keep is the keeper: it runs the server that start starts until it is told to stop, or ctx is done.
// Explain says more of why the server refuses the extension.
func (s *Session) Keep(ctx context.Context, start func(MakeData) (Server, error), explain func(Server, error) error) (err error) {
	lock, err := s.lock()
	for deadline := time.Now().Add(10 * time.Second); err != nil && time.Now().Before(deadline); lock, err = s.lock() {
		time.Sleep(10 * time.Millisecond) // somebody may be looking whether there is a keeper
	}
	if err != nil {
		return fmt.Errorf("session %s has a keeper: %w", s.Name, err)
	}
	defer lock.Close()
	kept := s.path("data")
	var makeData MakeData
	_, missing := os.Stat(kept)
	if missing == nil {
		makeData = func(ctx context.Context, data string) error { return copyTree(kept, data) }
	}
	c, err := start(makeData)
	if err != nil {
		return err
	}
	defer func() {
		gone := os.Remove(s.path("state.json"))
		if errors.Is(gone, fs.ErrNotExist) {
			gone = nil // it has not come so far
		}
		err = errors.Join(err, gone, c.StopKeeping(func(data string) error { return replace(kept, data) }))
	}()
	if missing != nil {
		for _, name := range []string{"pgstd", s.Extension} {
			if _, err := c.Query(ctx, fmt.Sprintf(`set client_min_messages = warning; create extension if not exists "%s" cascade`, name)); err != nil {
				return explain(c, fmt.Errorf("create extension %s: %w", name, err))
			}
		}
	}
	if s.Stale {
		if missing == nil {
			if _, err := c.Query(ctx, s.anew()); err != nil {
				return explain(c, fmt.Errorf("create extension %s: %w", s.Extension, err))
			}
		}
		s.Stale = false
		if err := s.Save(); err != nil {
			return err
		}
	}
	view := c.View()
	data, err := json.Marshal(state{Pid: os.Getpid(), Env: c.Env(), Psql: c.Psql(ctx).Path, ShareDir: view.ShareDir, PkgLibDir: view.PkgLibDir, Version: view.Version})
	if err != nil {
		return err
	}
	if err := atomicfile.Write(s.path("state.json"), data, 0o600); err != nil {
		return err
	}
	for {
		if _, err := os.Stat(s.path("stop")); err == nil {
			return nil
		}
		if _, err := os.Stat(s.path("session.json")); err != nil {
			return fmt.Errorf("somebody has removed the session: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-c.Done():
			return fmt.Errorf("the server has ended:\n%s", c.Log())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// anew makes the extension anew.
func (s *Session) anew() string {
	return fmt.Sprintf(`set client_min_messages = warning; drop extension if exists "%s" cascade; create extension "%[1]s" cascade`, s.Extension)
}

// replace puts data aside under a name, whole or not at all.
func replace(kept, data string) error {
	fresh := kept + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := copyTree(data, fresh); err != nil {
		return err
	}
	if err := os.RemoveAll(kept); err != nil {
		return err
	}
	return os.Rename(fresh, kept)
}

func copyTree(from, to string) error {
	if out, err := exec.Command("cp", "-Rp", from, to).CombinedOutput(); err != nil {
		return fmt.Errorf("copying the data of a session: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// Psql is a psql that connects to the session.
func (s *Session) Psql(ctx context.Context, args ...string) (*exec.Cmd, error) {
	st, err := s.state()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, st.Psql, args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, st.Env...)
	return cmd, nil
}

// Env is what a program needs to connect to the session, and the server's version.
func (s *Session) Env() (env []string, version string, err error) {
	st, err := s.state()
	if err != nil {
		return nil, "", err
	}
	return st.Env, st.Version, nil
}

// Reload gives a running server the extension's files. Sessions of SQL that begin later have the new
// module; if the script is another one, the extension is made anew, and what depends on it goes.
func (s *Session) Reload(ctx context.Context, scriptChanged bool) error {
	st, err := s.state()
	if err != nil {
		return err
	}
	view := pgconfig.Config{ShareDir: st.ShareDir, PkgLibDir: st.PkgLibDir}
	for _, name := range s.Files {
		if err := atomicfile.Copy(filepath.Join(view.Dir(name), name), filepath.Join(s.path("files"), name), 0o644); err != nil {
			return err
		}
	}
	if !scriptChanged {
		return nil
	}
	if _, err := s.Query(ctx, s.anew()); err != nil {
		return fmt.Errorf("create extension %s: %w", s.Extension, err)
	}
	return nil
}

// Query runs SQL on the server, up to the first error, which is what psql says.
func (s *Session) Query(ctx context.Context, sql string) (string, error) {
	psql, err := s.Psql(ctx, "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-")
	if err != nil {
		return "", err
	}
	var said strings.Builder
	psql.Stdin, psql.Stderr = strings.NewReader(sql), &said
	out, err := psql.Output()
	if err != nil {
		err = errors.New(cmp.Or(strings.TrimSpace(said.String()), err.Error()))
	}
	return string(out), err
}
