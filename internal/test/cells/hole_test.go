package cells

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
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
	request := target.Request{Options: target.Options{Unchecked: true}, Dir: "testdata/hole", OutDir: t.TempDir()}
	e, err := target.BuildExtension(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	support, err := target.BuildSupport(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	c := clusters.Start(t, cluster.Options{Files: append(e.Files(), support...)})
	if _, err := c.Query(t.Context(), "create extension hole"); err != nil {
		t.Fatal(err)
	}
	connect := func() *pgx.Conn {
		conn, err := pgx.Connect(t.Context(), "dbname=postgres user=postgres port=5432 host="+c.Dir())
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	value := func(conn *pgx.Conn, sql string) (value string, err error) {
		err = conn.QueryRow(t.Context(), sql, pgx.QueryExecModeSimpleProtocol).Scan(&value)
		return value, err
	}
	other := connect()
	defer other.Close(t.Context())

	for _, where := range []string{"backend", "cell"} {
		conn := connect()
		defer conn.Close(t.Context())
		if _, err := conn.Exec(t.Context(), "load 'hole'; set work_mem = '5MB'; set pgstd.isolation = "+where); err != nil {
			t.Fatal(err)
		}
		at := variable(t, conn.PgConn().PID(), "work_mem")
		want := map[string]string{"backend": "7MB", "cell": "5MB"}[where]
		for _, sql := range []string{fmt.Sprintf("select write(%d, 7168)::text", at), fmt.Sprintf("select read(%d)::text", at)} {
			_, err := value(conn, sql)
			var reported *pgconn.PgError
			if errors.As(err, &reported) != (where == "cell") || reported != nil && reported.Severity != "ERROR" {
				t.Errorf("%s: %s: %v", where, sql, err)
			}
		}
		if got, err := value(conn, "show work_mem"); got != want {
			t.Errorf("%s: the server's variable is %s, %v; want %s", where, got, err, want)
		}
	}
	if got, err := value(other, "select 'alive'"); got != "alive" {
		t.Errorf("another session: %q, %v", got, err)
	}
}

// variable finds a variable of a server's program in one of its processes.
func variable(t *testing.T, pid uint32, name string) uint64 {
	t.Helper()
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		t.Skip("where the server's memory is, the kernel does not say: ", err)
	}
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Skip("where the server's memory is, the kernel does not say: ", err)
	}
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
		for line := range strings.Lines(string(maps)) {
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
