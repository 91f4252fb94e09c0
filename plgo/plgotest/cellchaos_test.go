package plgotest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const chaosFunctions = `create role chaos_other;
	grant create on schema public to chaos_other;
	create extension if not exists plpgsql;
	create table filled (run int, n int);
	create table many as select i as n from generate_series(1, 20000) i;
	analyze many;
	create function inc(n bigint) returns bigint language plgo strict as $$ return n + 1 $$;
	create function numbers(n int) returns setof int language plgo strict as $$ return func(yield func(int32) bool) { for i := range n { if !yield(i) { return } } } $$;
	create function sevens(n int) returns bool language plgo parallel safe immutable strict as $$ return n%7 == 0 $$;
	create function sleeps() returns int language plgo as $$ time.Sleep(3*time.Millisecond); return 1 $$;
	create function rows(n int) returns bigint language plgo strict as $$
		sum := int64(0)
		for row, err := range pg.Query("select generate_series(1, $1::int)::bigint", n) {
			var i int64
			if err == nil {
				err = row.Scan(&i)
			}
			if err != nil {
				return 0, err
			}
			sum += i
		}
		return sum
	$$;
	create procedure fill(run int, n int) language plgo as $$
		for i := range *n {
			if _, err := pg.Exec("insert into filled values ($1, $2)", *run, i); err != nil {
				return err
			}
			if err := pg.Commit(); err != nil {
				return err
			}
		}
	$$;
	set role chaos_other;
	create function others(n bigint) returns bigint language plgo strict security definer as $$ var r int64; err := pg.QueryRow("select inc($1)", n).Scan(&r); return r, err $$;
	reset role;
	create function nested(depth int) returns bigint language plgo strict as $$
		if depth == 0 {
			return 0
		}
		var below int64
		err := pg.QueryRow("select others(nested($1))", depth-1).Scan(&below)
		return below, err
	$$`

// chaosStatements are what the sessions do, and what comes of it if nothing comes in between.
var chaosStatements = []struct{ sql, want string }{
	{"select inc(41)::text", "42"},
	{"select sum(inc(i))::text from generate_series(1, 3000) i", "4504500"},
	{"select count(*)::text from numbers(30000)", "30000"},
	{"select nested(5)::text", "5"},
	{"select rows(5000)::text", "12502500"},
	{"select sleeps()::text", "1"},
	{"select count(*)::text from many where sevens(n)", "2857"},
	{"select (pgstd.discard_worlds() >= 0)::text", "true"},
	{"call fill(%d, 10)", ""},
	{"do language plgo $$ for range 5 { if _, err := pg.Exec(\"select others(1)\"); err != nil { return err } } $$", ""},
	{"do $$ begin perform nested(2); exception when system_error or external_routine_exception then null; end $$", ""},
}

// cellsIn returns the cells of all sessions in a database, of parallel workers, too.
func cellsIn(database string) (cells []int) {
	names, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, name := range names {
		title, err := os.ReadFile(name)
		if err == nil && strings.HasPrefix(string(title), "pgstd cell: ") && strings.Contains(string(title), " "+database+" backend ") {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			cells = append(cells, pid)
		}
	}
	return cells
}

// TestCellChaos has cells killed, stopped and signalled, and statements cancelled, while two sessions
// do all that one can do in a cell: each statement ends, with its result or with one error that says
// so, the sessions go on, and nothing is left.
func TestCellChaos(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "cellchaos")
	watcher := connect(t, s, "cellchaos")
	watcher.exec(chaosFunctions)
	const statements = 150
	var pids []string
	var sessions []*conn
	for range 2 {
		c := connect(t, s, "cellchaos")
		c.exec(`set pgstd.isolation = cell; set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;
			set max_parallel_workers_per_gather = 2; set parallel_leader_participation = off`)
		sessions, pids = append(sessions, c), append(pids, c.pid())
	}
	over := make(chan struct{})
	var chaos, group sync.WaitGroup
	chaos.Go(func() {
		g := rand.New(rand.NewPCG(17, 1))
		pause := func() { time.Sleep(time.Duration(g.IntN(8000)) * time.Microsecond) }
		cancel := func() { watcher.exec("select pg_cancel_backend(" + pids[g.IntN(len(pids))] + ")") }
		for {
			select {
			case <-over:
				return
			default:
			}
			pause()
			cells := cellsIn("cellchaos")
			if len(cells) == 0 {
				continue
			}
			pid := cells[g.IntN(len(cells))]
			switch g.IntN(8) {
			case 0, 1:
				syscall.Kill(pid, syscall.SIGKILL)
			case 2:
				syscall.Kill(pid, syscall.SIGTERM)
			case 3:
				syscall.Kill(pid, syscall.SIGUSR1) // by which a backend tells it to come back: nobody has
			case 4:
				cancel()
			case 5:
				syscall.Kill(pid, syscall.SIGSTOP)
				pause()
				syscall.Kill(pid, syscall.SIGCONT)
			case 6: // whoever waits for it is cancelled
				syscall.Kill(pid, syscall.SIGSTOP)
				pause()
				for _, pid := range pids {
					watcher.exec("select pg_cancel_backend(" + pid + ")")
				}
				syscall.Kill(pid, syscall.SIGCONT)
			case 7:
				syscall.Kill(pid, syscall.SIGSTOP)
				pause()
				syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	})
	outcomes := make([]map[string]int, len(sessions))
	for n, c := range sessions {
		outcomes[n] = map[string]int{}
		group.Go(func() {
			g := rand.New(rand.NewPCG(17, uint64(n)+2))
			for i := range statements {
				st := chaosStatements[g.IntN(len(chaosStatements))]
				sql := st.sql
				if strings.Contains(sql, "%d") {
					sql = fmt.Sprintf(sql, n*statements+i)
				}
				results, err := c.PgConn().Exec(t.Context(), sql).ReadAll()
				var e *pgconn.PgError
				switch {
				case errors.As(err, &e) && e.Severity == "ERROR" && slices.Contains([]string{"57014", "58000", "38000"}, e.Code):
					outcomes[n][e.Code]++
					continue
				case err != nil:
					t.Errorf("%s: %#v", sql, err)
					return
				}
				outcomes[n]["ok"]++
				if st.want != "" && string(results[0].Rows[0][0]) != st.want {
					t.Errorf("%s: %q, want %q", sql, results[0].Rows[0][0], st.want)
				}
			}
		})
	}
	group.Wait()
	close(over)
	chaos.Wait()
	t.Logf("outcomes: %v", outcomes)
	// A procedure that ended early has done what it had committed, and no more.
	watcher.want("select count(*)::text from (select run from filled group by run having max(n) <> count(*) - 1 or min(n) <> 0) f", "0")
	for _, c := range sessions {
		// One that was killed while idle is noticed now.
		c.exec("select pgstd.discard_worlds()")
		for _, st := range chaosStatements {
			if st.want != "" {
				c.want(st.sql, st.want)
			}
		}
		c.want("select count(*)::text from pgstd.worlds where state <> 'idle' or isolation <> 'cell'", "0")
	}
	left := cellsIn("cellchaos")
	for _, c := range sessions {
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for _, pid := range append(left, cellsIn("cellchaos")...) {
		goes(t, pid)
	}
}
