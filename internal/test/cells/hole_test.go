package cells

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/test/clusters"
	"github.com/pgstd/pgstd/target"
)

// TestHole has the first wall fall, as it does when a compiler is wrong: Go code reads and writes
// what it likes. In the backend it has the server then; in a cell it has the cell.
func TestHole(t *testing.T) {
	s := withHole(t, "hole", target.Options{})
	for _, where := range []string{"backend", "cell"} {
		conn, at := s.session(t, where)
		want := map[string]string{"backend": "7MB", "cell": "5MB"}[where]
		for _, sql := range []string{fmt.Sprintf("select write(%d, 7168)::text", at), fmt.Sprintf("select read(%d)::text", at)} {
			_, err := value(t, conn, sql)
			if contained(err) != (where == "cell") || err != nil && !contained(err) {
				t.Errorf("%s: %s: %v", where, sql, err)
			}
		}
		if got, err := value(t, conn, "show work_mem"); got != want {
			t.Errorf("%s: the server's variable is %s, %v; want %s", where, got, err, want)
		}
	}
	s.alive(t)
}

// holed is a server with an extension that was built without the gates.
type holed struct {
	*cluster.Cluster
	name  string
	other *pgx.Conn // somebody else's session
}

func withHole(t *testing.T, name string, o target.Options) *holed {
	t.Helper()
	o.Unchecked = true
	request := target.Request{Options: o, Dir: filepath.Join("testdata", name), OutDir: t.TempDir()}
	e, err := target.BuildExtension(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	request.Options = target.Options{}
	support, err := target.BuildSupport(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	s := &holed{Cluster: clusters.Start(t, cluster.Options{Files: append(e.Files(), support...)}), name: name}
	if _, err := s.Query(t.Context(), "create extension "+name); err != nil {
		t.Fatal(err)
	}
	s.other = s.connect(t)
	return s
}

func (s *holed) connect(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// session is one whose Go code runs there, and the address of its variable work_mem, which is
// 5120 (kB).
func (s *holed) session(t *testing.T, where string) (conn *pgx.Conn, at uint64) {
	t.Helper()
	conn = s.connect(t)
	if _, err := conn.Exec(t.Context(), "load '"+s.name+"'; set work_mem = '5MB'; set pgstd.isolation = "+where); err != nil {
		t.Fatal(err)
	}
	return conn, variable(t, conn.PgConn().PID(), "work_mem")
}

// alive calls for the session that was there before all others.
func (s *holed) alive(t *testing.T) {
	t.Helper()
	if got, err := value(t, s.other, "select 'alive'"); got != "alive" {
		t.Errorf("another session: %q, %v", got, err)
	}
}

func value(t *testing.T, conn *pgx.Conn, sql string) (value string, err error) {
	err = conn.QueryRow(t.Context(), sql, pgx.QueryExecModeSimpleProtocol).Scan(&value)
	return value, err
}

// contained reports whether an error has left the session as it is.
func contained(err error) bool {
	var reported *pgconn.PgError
	return errors.As(err, &reported) && reported.Severity == "ERROR"
}

// mappings are what the kernel says of a process's memory.
func mappings(t *testing.T, pid int) string {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Skip("where a process's memory is, the kernel does not say: ", err)
	}
	return string(maps)
}

// variable finds a variable of a server's program in one of its processes.
func variable(t *testing.T, pid uint32, name string) uint64 {
	t.Helper()
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		t.Skip("what a process runs, the kernel does not say: ", err)
	}
	maps := mappings(t, int(pid))
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	base := uint64(0)
	if f.Type == elf.ET_DYN {
		for line := range strings.Lines(maps) {
			if strings.HasSuffix(line, path+"\n") {
				fmt.Sscanf(line, "%x-", &base)
				break
			}
		}
	}
	for _, s := range symbols {
		if s.Name == name {
			return base + s.Value
		}
	}
	t.Fatalf("%s has no variable %s", path, name)
	return 0
}
