package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// cancels times how long a session takes from the signal to the error that its
// client gets, while a function runs that never ends.
func cancels(ours, peer string) measure {
	return func(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
		return paired(swap, ours, peer, func(function string) (float64, error) {
			pid := int(l.session.PgConn().PID())
			sent := make(chan time.Time, 1)
			timer := time.AfterFunc(50*time.Millisecond, func() {
				sent <- time.Now()
				syscall.Kill(pid, syscall.SIGINT)
			})
			defer timer.Stop()
			err := fails(ctx, l.session, fmt.Sprintf("select %s()", function), "57014")
			if err != nil {
				return 0, err
			}
			return milliseconds(time.Since(<-sent)), nil
		})
	}
}

// deaths times a call that goes wrong, and the next one: a panic ends the call alone, a death
// the world, and the next one starts another.
func deaths(ours, peer string) measure {
	return func(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
		next := map[string]string{ours: "select ours_loop(1)", peer: "select plpgsql_add_one(1)"}
		return paired(swap, ours, peer, func(function string) (float64, error) {
			if err := exec1(ctx, l.session, next[function]); err != nil {
				return 0, err
			}
			took, err := elapsed(func() error {
				if err := fails(ctx, l.session, fmt.Sprintf("select %s(1)", function), ""); err != nil {
					return err
				}
				return exec1(ctx, l.session, next[function])
			})
			return microseconds(took), err
		})
	}
}

// fails runs SQL that ends in an error of that SQLSTATE, or of any.
func fails(ctx context.Context, s *pgx.Conn, sql, code string) error {
	err := exec1(ctx, s, sql)
	var reported *pgconn.PgError
	if !errors.As(err, &reported) || code != "" && reported.Code != code {
		return fmt.Errorf("%s: %v, want SQLSTATE %s", sql, err, code)
	}
	return nil
}

const manyObjects = 1000

// worlds measures by how much a session grows that calls functions of very many
// modules, each of which has a file of its own. Stock Go takes some 200 at most.
func worlds(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
	modules := map[string]string{"ours_add_one": l.ourModule("small"), "c_add_one": filepath.Join(l.dir, "out", "benchc.so")}
	symbols := map[string]string{"ours_add_one": "pgstd_fn_ours_add_one", "c_add_one": "c_add_one"}
	return paired(swap, "ours_add_one", "c_add_one", func(function string) (grown float64, err error) {
		err = l.fresh(ctx, function, func(s *pgx.Conn) error {
			if err := l.copies(ctx, s, function, modules[function], symbols[function]); err != nil {
				return err
			}
			if err := exec1(ctx, s, "set pgstd.max_worlds = 1000"); err != nil {
				return err
			}
			before, err := resident(s.PgConn().PID())
			if err != nil {
				return err
			}
			for n := range manyObjects {
				if err := exec1(ctx, s, fmt.Sprintf("select %s_%d(1)", function, n)); err != nil {
					return err
				}
			}
			after, err := resident(s.PgConn().PID())
			grown = (after - before) / 1024
			return err
		})
		return grown, err
	})
}

// copies makes SQL functions that lie in copies of one module.
func (l *lab) copies(ctx context.Context, s *pgx.Conn, function, module, symbol string) error {
	data, err := os.ReadFile(module)
	if err != nil {
		return err
	}
	for n := range manyObjects {
		path := filepath.Join(l.cluster.Dir(), fmt.Sprintf("%s_%d.so", function, n))
		if err := os.WriteFile(path, data, 0o755); err != nil {
			return err
		}
		if err := exec1(ctx, s, fmt.Sprintf("create or replace function %s_%d(bigint) returns bigint as '%s', '%s' language c strict", function, n, path, symbol)); err != nil {
			return err
		}
	}
	return nil
}
