package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/jackc/pgx/v5"
	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/target"
	"github.com/rogpeppe/go-internal/txtar"
)

// lab is everything that benchmarks work with: what is compared, built and
// installed in a cluster, and a session in it.
type lab struct {
	dir     string // sources and builds
	pgbuild string
	pg      *pgconfig.Config
	cluster *cluster.Cluster
	session *pgx.Conn
	plgo    *plgoLab // once it is needed
}

// quiet are settings with which nothing but the calls takes time, and nothing comes in between.
func quiet(major int) []string {
	settings := []string{"jit=off", "max_parallel_workers_per_gather=0", "work_mem=512MB", "autovacuum=off", "shared_buffers=256MB"}
	if major >= 18 {
		// Stock Go's threads, which are there as a peer, take the signal with which a worker of
		// PostgreSQL says that a page has been read: the backend waits for ever.
		settings = append(settings, "io_method=sync")
	}
	return settings
}

//go:embed sources.txtar
var sources []byte

// functions makes the SQL functions that are not an extension's.
const functions = `
create extension small;
create extension withfmt;
create extension withsql;
create extension faulty;
create extension "values";
create function c_add_one(bigint) returns bigint as '$libdir/benchc' language c strict;
create function c_echo(text) returns text as '$libdir/benchc' language c strict;
create function c_mark(text) returns text as '$libdir/benchc' language c strict;
create function stock_add_one(bigint) returns bigint as '$libdir/stock_small' language c strict;
create function stock_format(bigint) returns text as '$libdir/stock_withfmt' language c strict;
create function stock_loop(bigint) returns bigint as '$libdir/stock_faulty' language c strict;
create function plpgsql_spin() returns void language plpgsql as 'begin loop end loop; end';
create function plpgsql_die(n bigint) returns bigint language plpgsql strict as 'begin return 100 / (n - n); end';
create table looked_up (n bigint primary key);
insert into looked_up select i from generate_series(0, 99) i;
analyze looked_up;
create function plpgsql_lookup(n bigint) returns bigint language plpgsql strict as
	'declare k bigint := n % 100; m bigint; begin select l.n + 1 into m from looked_up l where l.n = k; return m; end';
create function plpgsql_rows(n bigint) returns bigint language plpgsql strict as
	'declare i bigint; sum bigint := 0; begin for i in select s from generate_series(1, n) s loop sum := sum + i; end loop; return sum; end';
create function c_series(bigint) returns setof bigint as '$libdir/benchc' language c strict;
create function plpgsql_series(n bigint) returns setof bigint language plpgsql strict as
	'begin for i in 1..n loop return next i; end loop; end';
create function c_bump() returns trigger as '$libdir/benchc' language c;
create function plpgsql_bump() returns trigger language plpgsql as 'begin new.n := new.n + 1; return new; end';
create unlogged table ours_bumped (id bigint, n bigint, s text);
create unlogged table c_bumped (like ours_bumped);
create unlogged table plpgsql_bumped (like ours_bumped);
create trigger bump before insert on ours_bumped for each row execute function ours_bump();
create trigger bump before insert on c_bumped for each row execute function c_bump();
create trigger bump before insert on plpgsql_bumped for each row execute function plpgsql_bump();
create function ours_bumped(n bigint) returns void language sql as
	'truncate ours_bumped; insert into ours_bumped select i, 0, ''some text'' from generate_series(1, n) i';
create function c_bumped(n bigint) returns void language sql as
	'truncate c_bumped; insert into c_bumped select i, 0, ''some text'' from generate_series(1, n) i';
create function plpgsql_bumped(n bigint) returns void language sql as
	'truncate plpgsql_bumped; insert into plpgsql_bumped select i, 0, ''some text'' from generate_series(1, n) i';
create function plpgsql_add_one(n bigint) returns bigint language plpgsql strict as 'begin return n + 1; end';
create function plpgsql_nested(n bigint) returns bigint language plpgsql strict as
	'declare below bigint; begin if n = 0 then return 0; end if; select plpgsql_nested(n - 1) into below; return below + 1; end';
` + valueFunctions + objectFunctions

func openLab(ctx context.Context) (*lab, error) {
	l := &lab{}
	if err := l.open(ctx); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

func (l *lab) open(ctx context.Context) (err error) {
	if l.pg, err = pgconfig.Find(ctx, ""); err != nil {
		return err
	}
	if l.dir, err = os.MkdirTemp("", "pgstd-bench-"); err != nil {
		return err
	}
	if err := txtar.Write(txtar.Parse(sources), l.dir); err != nil {
		return err
	}
	files, err := l.build(ctx)
	if err != nil {
		return err
	}
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return err
	}
	l.cluster, err = cluster.Start(ctx, cluster.Options{
		PG: l.pg, Files: files, CacheDir: filepath.Join(cache, "cluster"),
		Settings: quiet(l.pg.Major),
	})
	if err != nil {
		return err
	}
	if _, err := l.cluster.Query(ctx, functions+libraryFunctions()); err != nil {
		return err
	}
	l.session, err = connect(ctx, l.cluster.Dir())
	return err
}

func (l *lab) close() error {
	err := l.plgo.close()
	if l.session != nil {
		err = errors.Join(err, l.session.Close(context.Background()))
	}
	if l.cluster != nil {
		err = errors.Join(err, l.cluster.Stop())
	}
	return errors.Join(err, os.RemoveAll(l.dir))
}

// connect opens a session that sends its queries as psql does.
func connect(ctx context.Context, host string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig("dbname=postgres user=postgres port=5432 host=" + host)
	if err != nil {
		return nil, err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	return pgx.ConnectConfig(ctx, config)
}

// build builds everything that is compared and returns the files to install.
func (l *lab) build(ctx context.Context) ([]string, error) {
	l.pgbuild = filepath.Join(l.dir, "pgbuild")
	if err := command(ctx, "", "go", "build", "-o", l.pgbuild, "github.com/pgstd/pgstd/cmd/pgbuild"); err != nil {
		return nil, err
	}
	// Extension pgstd, for the program of cells.
	files, err := target.BuildSupport(ctx, target.Request{})
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"small", "withfmt", "withsql", "withhttp", "faulty", "values", "objects", "library"} {
		if err := l.buildOurs(ctx, name); err != nil {
			return nil, err
		}
		for _, pattern := range []string{".so", ".control", "--*.sql"} {
			found, err := filepath.Glob(filepath.Join(l.dir, "out", name+pattern))
			if err != nil || len(found) != 1 {
				return nil, fmt.Errorf("pgbuild wrote %q for %s%s", found, name, pattern)
			}
			files = append(files, found...)
		}
	}
	for _, name := range []string{"small", "withfmt", "withhttp", "faulty", "library"} {
		if err := l.buildStock(ctx, name); err != nil {
			return nil, err
		}
		files = append(files, l.stockModule(name))
	}
	c := filepath.Join(l.dir, "out", "benchc.so")
	err = command(ctx, l.dir, "gcc", "-O2", "-fPIC", "-shared", "-I"+l.pg.IncludeDirServer, "-o", c, filepath.Join("c", "benchc.c"))
	return append(files, c), err
}

func (l *lab) buildOurs(ctx context.Context, name string) error {
	return command(ctx, filepath.Join(l.dir, name), l.pgbuild, "build", "-o", filepath.Join(l.dir, "out"))
}

func (l *lab) ourModule(name string) string { return filepath.Join(l.dir, "out", name+".so") }

// buildStock builds a peer as small as stock Go makes it.
func (l *lab) buildStock(ctx context.Context, name string) error {
	return command(ctx, filepath.Join(l.dir, "stock"), "env", "CGO_CFLAGS=-O2 -I"+l.pg.IncludeDirServer, "CGO_LDFLAGS=-Wl,--unresolved-symbols=ignore-all",
		"go", "build", "-trimpath", "-buildmode=c-shared", "-ldflags=-s -w", "-o", l.stockModule(name), "./"+name)
}

func (l *lab) stockModule(name string) string {
	return filepath.Join(l.dir, "out", "stock_"+name+".so")
}

func command(ctx context.Context, dir, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}
