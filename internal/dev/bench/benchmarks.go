package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// The queries that call a function often: whole-query times are compared.
const (
	int8Query   = "select sum(%s(i)) from generate_series(1, 3000000) i"
	nestedCalls = 100000
	nestedQuery = "select sum(%s(1)) from generate_series(1, 100000)"
	lookupQuery = "select sum(%s(i)) from generate_series(1, 200000) i"
	rowsQuery   = "select %s(1000000)"
	seriesQuery = "select count(*) from %s(1000000)"
	bumpQuery   = "select %s(200000)"
	textQuery   = "select sum(octet_length(%s(t))) from (select repeat('x', 100)) v(t), generate_series(1, 1000000)"
)

var benchmarks = []benchmark{
	{"call_int8_c", "C", "ms", 1, queries(int8Query, "ours_add_one", "c_add_one")},
	{"call_int8_stockgo", "Go c-shared", "ms", 1, queries(int8Query, "ours_add_one", "stock_add_one")},
	{"call_int8_plpgsql", "PL/pgSQL", "ms", 1, queries(int8Query, "ours_add_one", "plpgsql_add_one")},
	{"call_text_c", "C", "ms", 1, queries(textQuery, "ours_echo", "c_echo")},
	{"call_text_changed_c", "C", "ms", 1, queries(textQuery, "ours_mark", "c_mark")},
	{"nested_call_us", "PL/pgSQL", "us", 1, perCall(nestedCalls, queries(nestedQuery, "ours_nested", "plpgsql_nested"))},
	{"sql_lookup_plpgsql", "PL/pgSQL", "ms", 1, queries(lookupQuery, "ours_lookup", "plpgsql_lookup")},
	{"sql_rows_plpgsql", "PL/pgSQL", "ms", 1, queries(rowsQuery, "ours_rows", "plpgsql_rows")},
	{"set_c", "C", "ms", 1, queries(seriesQuery, "ours_series", "c_series")},
	{"set_plpgsql", "PL/pgSQL", "ms", 1, queries(seriesQuery, "ours_series", "plpgsql_series")},
	{"trigger_c", "C", "ms", 1, queries(bumpQuery, "ours_bumped", "c_bumped")},
	{"trigger_plpgsql", "PL/pgSQL", "ms", 1, queries(bumpQuery, "ours_bumped", "plpgsql_bumped")},
	{"start_small_us", "Go c-shared", "us", 5, starts("ours_add_one", "stock_add_one")},
	{"start_fmt_us", "Go c-shared", "us", 5, starts("ours_format", "stock_format")},
	{"object_small_bytes", "Go c-shared", "bytes", 1, sizes("small")},
	{"object_fmt_bytes", "Go c-shared", "bytes", 1, sizes("withfmt")},
	{"object_nethttp_bytes", "Go c-shared", "bytes", 1, sizes("withhttp")},
	{"build_warm_small_ms", "Go c-shared", "ms", 1, builds},
	{"toolchain_first_build_s", "without packs", "s", 1, firstBuilds},
	{"gates_ms", "without the source gate", "ms", 1, gates},
	{"check_small_ms", "go vet", "ms", 1, checks},
	{"verify_small_ms", "objdump -d", "ms", 5, verifies("small")},
	{"verify_nethttp_ms", "objdump -d", "ms", 1, verifies("withhttp")},
	{"sandbox_tool_ms", "limits alone", "ms", 1, tools},
	{"loop_vs_stockgo", "Go c-shared", "ms", 1, queries("select %s(300000000)", "ours_loop", "stock_loop")},
	{"cancel_latency_ms", "PL/pgSQL", "ms", 5, cancels("ours_spin", "plpgsql_spin")},
	{"panic_error_us", "PL/pgSQL error", "us", 5, deaths("ours_panic", "plpgsql_die")},
	{"death_and_restart_us", "PL/pgSQL error", "us", 5, deaths("ours_die", "plpgsql_die")},
	{"worlds_1000_rss_mb", "C", "MB", 1, worlds},
	{"array_sum_c", "C", "ms", 1, warmed("'{1}'", arrayQuery, "ours_array_sum", "c_array_sum")},
	{"view_sum_c", "C", "ms", 1, warmed("'{1}'", arrayQuery, "ours_view_sum", "c_array_sum")},
	{"array_sum_plpgsql", "PL/pgSQL", "ms", 1, warmed("'{1}'", arrayQuery, "ours_array_sum", "plpgsql_array_sum")},
	{"array_text_c", "C", "ms", 1, warmed("'{a}'", textsQuery, "ours_texts_size", "c_texts_size")},
	{"numeric_plpgsql", "PL/pgSQL", "ms", 1, queries(numericQuery, "ours_numeric_next", "plpgsql_numeric_next")},
	{"timestamp_plpgsql", "PL/pgSQL", "ms", 1, warmed("now()", timeQuery, "ours_later", "plpgsql_later")},
	{"composite_plpgsql", "PL/pgSQL", "ms", 1, warmed("row(1,2)", rowQuery, "ours_flip", "plpgsql_flip")},
	{"json_plpgsql", "PL/pgSQL", "ms", 1, warmed("'[]'", jsonQuery, "ours_json_total", "plpgsql_json_total")},
	{"aggregate_sum_c", "C", "ms", 1, queries(aggregateQuery, "ours_total", "c_total")},
	{"aggregate_groups_bytes", "the state alone", "bytes", 1, groupBytes},
	{"window_lag", "lag", "ms", 1, tables(windowQuery, "ours_lag", "pg_catalog.lag")},
	{"basetype_sort_c", "C", "ms", 1, tables(sortQuery, "ours_sorted", "c_sorted")},
	{"operator_filter_c", "C", "ms", 1, tables(filterQuery, "|%", "||%")},
	{"opclass_search_c", "array_ops", "ms", 1, tables(searchQuery, "tagged t where t.v ||>", "tagged t where t.c @>")},
	{"idle_world_rss_kb", "Go c-shared", "kB", 1, residents("ours_add_one", "stock_add_one")},
}

// paired measures two things with the same means, the second first if swap.
func paired(swap bool, ours, peer string, measure func(string) (float64, error)) (our, their float64, err error) {
	if swap {
		their, our, err = paired(false, peer, ours, measure)
		return our, their, err
	}
	if our, err = measure(ours); err != nil {
		return 0, 0, err
	}
	their, err = measure(peer)
	return our, their, err
}

func elapsed(f func() error) (time.Duration, error) {
	start := time.Now()
	err := f()
	return time.Since(start), err
}

func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }
func microseconds(d time.Duration) float64 { return float64(d) / 1e3 }

type measure = func(ctx context.Context, l *lab, swap bool) (ours, peer float64, err error)

// queries times one query with either function, in a session that has called
// both before.
func queries(query, ours, peer string) measure { return warmed("'1'", query, ours, peer) }

// tables times one query with either name in it.
func tables(query, ours, peer string) measure {
	return func(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
		return paired(swap, ours, peer, func(name string) (float64, error) {
			took, err := elapsed(func() error { return exec1(ctx, l.session, fmt.Sprintf(query, name)) })
			return milliseconds(took), err
		})
	}
}

// warmed is queries for functions with another argument than a number.
func warmed(argument, query, ours, peer string) measure {
	return func(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
		return paired(swap, ours, peer, func(function string) (float64, error) {
			if err := exec1(ctx, l.session, fmt.Sprintf("select %s(%s)", function, argument)); err != nil {
				return 0, err
			}
			took, err := elapsed(func() error { return exec1(ctx, l.session, fmt.Sprintf(query, function)) })
			return milliseconds(took), err
		})
	}
}

// perCall turns the milliseconds of a query into microseconds of each of its calls.
func perCall(calls float64, query measure) measure {
	return func(ctx context.Context, l *lab, swap bool) (ours, peer float64, err error) {
		ours, peer, err = query(ctx, l, swap)
		return ours * 1000 / calls, peer * 1000 / calls, err
	}
}

// starts times the first call in a session less a later one: to load the module,
// to start what it needs, and to run the function once.
func starts(ours, peer string) measure {
	return func(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
		return paired(swap, ours, peer, func(function string) (took float64, err error) {
			err = l.fresh(ctx, function, func(s *pgx.Conn) error {
				var times []float64
				for range 6 {
					t, err := elapsed(func() error { return exec1(ctx, s, "execute f") })
					if err != nil {
						return err
					}
					times = append(times, microseconds(t))
				}
				took = times[0] - median(times[1:])
				return nil
			})
			return took, err
		})
	}
}

// residents measures by how much the first calls in a session make its process
// grow.
func residents(ours, peer string) measure {
	return func(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
		return paired(swap, ours, peer, func(function string) (grown float64, err error) {
			err = l.fresh(ctx, function, func(s *pgx.Conn) error {
				before, err := resident(s.PgConn().PID())
				if err != nil {
					return err
				}
				for range 3 {
					if err := exec1(ctx, s, "execute f"); err != nil {
						return err
					}
				}
				after, err := resident(s.PgConn().PID())
				grown = after - before
				return err
			})
			return grown, err
		})
	}
}

// fresh runs f in a session of its own, in which the function is prepared as f
// and nothing but the function's module is missing: a function in C was called,
// so that the server's own caches are warm.
func (l *lab) fresh(ctx context.Context, function string, f func(*pgx.Conn) error) error {
	s, err := connect(ctx, l.cluster.Dir())
	if err != nil {
		return err
	}
	defer s.Close(ctx)
	for _, sql := range []string{
		"prepare warm as select c_add_one('1'), c_echo('x')", "execute warm", "execute warm", "execute warm",
		fmt.Sprintf("prepare f as select %s('1')", function),
	} {
		if err := exec1(ctx, s, sql); err != nil {
			return err
		}
	}
	return f(s)
}

func exec1(ctx context.Context, s *pgx.Conn, sql string) error {
	_, err := s.Exec(ctx, sql)
	return err
}

// resident is the resident size of a process in kB.
func resident(pid uint32) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(status) {
		if value, ok := bytes.CutPrefix(line, []byte("VmRSS:")); ok {
			return strconv.ParseFloat(string(bytes.Fields(value)[0]), 64)
		}
	}
	return 0, fmt.Errorf("process %d has no resident size", pid)
}

// sizes compares the sizes of the modules of that name.
func sizes(name string) measure {
	return func(_ context.Context, l *lab, swap bool) (float64, float64, error) {
		return paired(swap, l.ourModule(name), l.stockModule(name), func(module string) (float64, error) {
			info, err := os.Stat(module)
			if err != nil {
				return 0, err
			}
			return float64(info.Size()), nil
		})
	}
}

// builds changes a line and times the build that follows.
func builds(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
	build := map[string]func(context.Context, string) error{
		filepath.Join("small", "small.go"):         l.buildOurs,
		filepath.Join("stock", "small", "main.go"): l.buildStock,
	}
	return paired(swap, filepath.Join("small", "small.go"), filepath.Join("stock", "small", "main.go"), func(file string) (float64, error) {
		path := filepath.Join(l.dir, file)
		source, err := os.ReadFile(path)
		if err != nil {
			return 0, err
		}
		// The time makes a line that no earlier build has in its cache.
		edited := bytes.Replace(source, []byte("return n + "), fmt.Appendf(nil, "return n + %d0 - %[1]d0 + ", time.Now().UnixMilli()), 1)
		if err := os.WriteFile(path, edited, 0o644); err != nil {
			return 0, err
		}
		took, err := elapsed(func() error { return build[file](ctx, "small") })
		return milliseconds(took), err
	})
}
