package faults

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// throughSetup makes statements that fail in every way that has names.
const throughSetup = `
	create table parent (id int primary key);
	create table child (id int not null, parent int constraint "has a parent" references parent, n int constraint positive check (n > 0));
	create domain small as int constraint "less than ten" check (value < 10);
	create function raises() returns int language plpgsql as $$
		begin
			raise exception using errcode = 'ABCDE', message = 'a message', detail = E'a detail\nof two lines', hint = 'a hint', schema = 'a schema',
				table = 'a table', column = 'a column', datatype = 'a type', constraint = 'a constraint';
		end $$;
	create function computes() returns int language sql as 'select 1 / (select count(*)::int from parent where false)';
	create function diagnosed(query text) returns text[] language plpgsql as $$
		declare a text; b text; c text; d text; e text; f text; g text; h text; i text; j text;
		begin
			execute query;
			return null;
		exception when others then
			get stacked diagnostics a = returned_sqlstate, b = message_text, c = pg_exception_detail, d = pg_exception_hint, e = schema_name,
				f = table_name, g = column_name, h = pg_datatype_name, i = constraint_name, j = pg_exception_context;
			return array[a, b, c, d, e, f, g, h, i, j];
		end $$`

// through are statements that fail, and with what.
var through = []struct{ statement, code, names string }{
	{"insert into child values (1, 5, 1)", "23503", "public|child|||has a parent"},
	{"insert into child values (1, null, -1)", "23514", "public|child|||positive"},
	{"insert into child values (null, null, 1)", "23502", "public|child|id||"},
	{"select 10::small", "23514", "public|||small|less than ten"},
	{"select raises()", "ABCDE", "a schema|a table|a column|a type|a constraint"},
	{"select computes()", "22012", "||||"},
	{"select no_such_column", "42703", "||||"},
	{"select fail('P0042')", "P0042", "a schema|a table|a column|a type|a constraint"},
	{"select fault('divide')", external, "||||"},
}

// fields are all that an error says, without where it was.
func fields(err *pgconn.PgError) []string {
	if err == nil {
		return nil
	}
	return []string{err.Code, err.Message, err.Detail, err.Hint, err.SchemaName, err.TableName, err.ColumnName, err.DataTypeName, err.ConstraintName}
}

// below is a statement that runs another one through so many calls of a Go
// function.
func below(calls int, function, statement string) string {
	for n := range calls {
		statement = fmt.Sprintf("select %s($%d$%s$%[2]d$)", function, n, statement)
		statement = strings.ReplaceAll(statement, fmt.Sprintf("$%d$", n), fmt.Sprintf("$q%d$", n))
	}
	return statement
}

// An error that is raised below Go leaves on top as it was, with the functions
// on its way added to its context.
func TestErrorsThrough(t *testing.T) {
	server := startSQL(t)
	s := server.connect(t)
	s.must(throughSetup)
	for _, c := range through {
		direct := s.run(c.statement)
		if direct == nil || direct.Code != c.code {
			t.Fatalf("%s: %s", c.statement, describe(direct))
		}
		if names := strings.Join(fields(direct)[4:], "|"); names != c.names {
			t.Errorf("%s: %s; want %s", c.statement, names, c.names)
		}
		for _, calls := range []int{1, 3, 30} {
			for _, function := range []string{"query", "execute"} {
				err := s.run(below(calls, function, c.statement))
				if got, want := fields(err), fields(direct); c.code == external {
					// Its traceback has the calls above it, too.
					if err == nil || got[0] != want[0] || got[1] != want[1] {
						t.Errorf("%d %s, %s: got %q; want %q", calls, function, c.statement, got, want)
					}
				} else if !slices.Equal(got, want) {
					t.Errorf("%d %s, %s: got %q; want %q", calls, function, c.statement, got, want)
				}
				if err == nil {
					continue
				}
				if n := strings.Count(err.Where, "Go function "+function+"(text)"); n != calls || !strings.HasPrefix(err.Where, direct.Where) {
					t.Errorf("%d %s, %s: context %q; want that of %q before it", calls, function, c.statement, err.Where, direct.Where)
				}
			}
			// The same, caught.
			var parts []string
			if err := s.QueryRow(context.Background(), "select diagnosed($1)", below(calls, "query", c.statement)).Scan(&parts); err != nil {
				t.Fatal(err)
			}
			if got, want := parts[:9], fields(direct); !slices.Equal(got[:2], want[:2]) || c.code != external && !slices.Equal(got, want) {
				t.Errorf("%d, %s, caught: got %q; want %q", calls, c.statement, got, want)
			}
		}
	}
	s.want("select try('"+strings.ReplaceAll(below(3, "query", "select raises()"), "'", "''")+"')", "ABCDE")
	s.checkProcess()
}

// Go below a procedure that commits, in transactions of its own; in one that Go
// calls, there is nothing to commit.
func TestProcedures(t *testing.T) {
	s := startSQL(t).connect(t)
	s.must(`
		create table steps (n int unique);
		create procedure work_off(times int) language plpgsql as $$
			begin
				for i in 1..times loop
					perform execute(format('insert into steps values (%s)', i));
					begin
						perform execute(format('insert into steps values (%s)', i));
					exception when unique_violation then
						perform execute(format('insert into steps values (%s)', -i));
					end;
					if i % 3 = 0 then rollback; else commit; end if;
					if tally() <> i then raise 'another world'; end if;
				end loop;
				perform execute('insert into steps values (1)');
			end $$`)
	err := s.run("call work_off(9)")
	if err == nil || err.Code != "23505" || err.ConstraintName != "steps_n_key" {
		t.Error(describe(err))
	}
	s.want("select string_agg(n::text, ' ' order by abs(n), n) from steps", "-1 1 -2 2 -4 4 -5 5 -7 7 -8 8")
	s.must("delete from steps")
	s.want("select try('call work_off(1)')", "2D000")
	if err := s.run("select execute('call work_off(1)')"); err == nil || err.Code != "2D000" {
		t.Error(describe(err))
	}
	s.want("select count(*) from steps", "0")
	s.checkProcess()
}

// COPY into a table whose constraint runs SQL through Go.
func TestCopySQL(t *testing.T) {
	s := startSQL(t).connect(t)
	s.must(`
		create table allowed (n int primary key);
		insert into allowed select generate_series(1, 1000);
		create table copied (n int constraint "is allowed" check (query(format('select count(*)::text from allowed where n = %s', n)) = '1'))`)
	copy := func(rows string) *pgconn.PgError {
		_, err := s.PgConn().CopyFrom(context.Background(), strings.NewReader(rows), "copy copied from stdin")
		return s.reported(err, "copy")
	}
	var rows strings.Builder
	for n := range 1000 {
		fmt.Fprintln(&rows, n+1)
	}
	if err := copy(rows.String()); err != nil {
		t.Error(describe(err))
	}
	for rows, want := range map[string]string{"1\n2\n1001\n": "23514", "7\n\\N\n": "42601"} {
		err := copy(rows)
		if err == nil || err.Code != want || !strings.Contains(err.Where, "COPY copied, line ") {
			t.Errorf("%q: %s", rows, describe(err))
		}
	}
	s.must("drop table allowed")
	if err := copy("5\n"); err == nil || err.Code != "42P01" || !strings.Contains(err.Where, "COPY copied, line 1") {
		t.Error(describe(err))
	}
	s.want("select count(*), tally() from copied", "1000", "1")
	s.checkProcess()
}

// SQL in parallel workers: reading works, and what does not gives the error that
// PL/pgSQL would get.
func TestParallelSQL(t *testing.T) {
	server := startSQL(t)
	if _, err := server.Query(t.Context(), placesSetup); err != nil {
		t.Fatal(err)
	}
	s := server.connect(t)
	s.must(throughSetup)
	s.must("alter function execute(text) cost 100000; alter function try(text) parallel safe cost 100000; alter function raises() parallel safe")
	s.must(parallel + "select tally()")
	s.want("select sum(execute(case when filler <> '' then 'select from parent' else 'select 1' end)), count(*) from wide", "1", "201")
	for statement, code := range map[string]string{
		"select raises()":               "ABCDE",
		"select no_such_column":         "42703",
		"insert into parent":            "42601",
		"create table t (n int)":        "25000",
		"insert into parent values (1)": "25000",
	} {
		err := s.run("select count(execute(case when name = 'first' then '" + statement + "' else 'select 1' end)) from wide")
		if err == nil || err.Code != code || !strings.Contains(err.Where, "parallel worker") {
			t.Errorf("%s: %s, context %q", statement, describe(err), err.Where)
		}
	}
	if err := s.run("select count(try(case when filler <> '' then 'select 1' end)) from wide"); err == nil {
		t.Log("subtransactions work in a parallel worker")
	} else if err.Code != "25000" {
		t.Error(describe(err))
	}
	s.want("select tally()", "2")
	s.checkProcess()
}
