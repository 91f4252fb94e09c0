package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgstd/pgstd/plgo/plgotest"
)

//go:embed plgo.sql
var plgoSQL string

// workload is a query that calls a function named LANGUAGE_name.
type workload struct {
	name, argument, query string
	peers                 []string
}

// interpreted are the languages that PostgreSQL brings, by the beginnings of the names
// of their functions.
var interpreted = []string{"plpgsql", "plpython", "plperl", "pltcl"}

var peerNames = map[string]string{
	"c": "C", "stock": "Go c-shared", "plpgsql": "PL/pgSQL", "plpython": "PL/Python", "plperl": "PL/Perl", "pltcl": "PL/Tcl",
}

var workloads = []workload{
	{"add_one", "1", "select sum(%s(i)) from generate_series(1, 300000) i", with("c")},
	{"echo", "'x'", "select sum(octet_length(%s(t))) from (select repeat('x', 100)) v(t), generate_series(1, 200000)", with("c")},
	{"array_sum", "'{1}'", "select sum(%s(a)) from (select array(select generate_series(1, 1000)::bigint)) v(a), generate_series(1, 2000)", with("c")},
	{"lookup", "1", "select sum(%s(i)) from generate_series(1, 50000) i", with()},
	{"bumped", "1", "select %s(50000)", with("c")},
	{"fib", "1", "select %s(30)", with("stock")},
	{"collatz", "1", "select %s(30000)", with("stock")},
	{"json", "'[]'", "select sum(%s(j)) from (select json_agg(json_build_object('id', i, 'price', i * 1.5, 'name', md5(i::text)))::text from generate_series(1, 100) i) v(j), generate_series(1, 500)",
		[]string{"plpgsql", "plpython", "plperl"}},
	{"dashes", "'x'", "select sum(octet_length(%s(t))) from (select repeat('some words, and 12 numbers; ', 40)) v(t), generate_series(1, 2000)", with()},
}

func with(more ...string) []string { return slices.Concat(more, interpreted) }

func init() {
	for _, w := range workloads {
		for _, peer := range w.peers {
			benchmarks = append(benchmarks, benchmark{"plgo_call_" + w.name + "_" + peer, peerNames[peer], "ms", 1, w.measure(peer)})
		}
	}
	benchmarks = append(benchmarks,
		benchmark{"plgo_compute_fib", "Go c-shared", "ms", 1, computes("fib", 38)},
		benchmark{"plgo_compute_collatz", "Go c-shared", "ms", 1, computes("collatz", 1000000)},
		benchmark{"plgo_create_ms", "PL/pgSQL", "ms", 1, creates("return n + %d", plpgsqlText)},
		benchmark{"plgo_create_fmt_ms", "PL/pgSQL", "ms", 1, creates(largeBody, plpgsqlText)},
		benchmark{"plgo_create_object_ms", "PL/pgSQL", "ms", 1, createsObjects("return n + %d")},
		benchmark{"plgo_create_object_fmt_ms", "PL/pgSQL", "ms", 1, createsObjects(largeBody)},
		benchmark{"plgo_create_go_build_ms", "go build", "ms", 1, goBuilds("return n + %d", "")},
		benchmark{"plgo_create_fmt_go_build_ms", "go build", "ms", 1, goBuilds(largeBody, `import ("encoding/json"; "fmt"; "regexp"; "strings")`)},
		benchmark{"plgo_cached_ms", "PL/pgSQL", "ms", 3, cachedCreates},
		benchmark{"plgo_first_call_plpython", "PL/Python", "ms", 3, firstCalls("plgo_add_one", "plpython_add_one")},
		benchmark{"plgo_first_call_plperl", "PL/Perl", "ms", 3, firstCalls("plgo_add_one", "plperl_add_one")},
		benchmark{"plgo_first_call_pltcl", "PL/Tcl", "ms", 3, firstCalls("plgo_add_one", "pltcl_add_one")},
	)
}

const plpgsqlText = "begin return n + %d; end"

// largeBody uses what the issue of most functions is: formats, texts, JSON.
const largeBody = `data, err := json.Marshal(strings.Fields(fmt.Sprint(n, " ", regexp.MustCompile("a|b").String())))
return int64(len(data)) + %d, err`

// plgoLab is a PostgreSQL with all languages, and a session in it.
type plgoLab struct {
	server  *plgotest.Server
	session *pgx.Conn
	serial  int64
	fleet   bool // its functions are there; see fleet.go
}

// language starts it when it is first needed.
func (l *lab) language(ctx context.Context) (*plgoLab, error) {
	if l.plgo != nil {
		return l.plgo, nil
	}
	if err := l.buildStock(ctx, "compute"); err != nil {
		return nil, err
	}
	s, err := plgotest.Start(ctx, plgotest.Options{
		Files:    []string{filepath.Join(l.dir, "out", "benchc.so"), l.stockModule("compute")},
		Base:     plgotest.BaseFirst, // as users have it
		Settings: append(quiet(l.pg.Major), fmt.Sprintf("max_connections=%d", fleetSessions+20)),
	})
	if err != nil {
		return nil, err
	}
	l.plgo = &plgoLab{server: s, serial: time.Now().UnixNano()}
	for _, name := range []string{"plpython3u", "plperl", "plperlu", "pltcl"} {
		if _, err := s.Query(ctx, "create extension "+name); err != nil {
			return nil, fmt.Errorf("%s, which plgo is compared with: %w; install it with: scripts/bench-setup", name, err)
		}
	}
	if _, err := s.Query(ctx, plgoSQL); err != nil {
		return nil, err
	}
	l.plgo.session, err = connect(ctx, s.Dir())
	return l.plgo, err
}

func (p *plgoLab) close() error {
	if p == nil {
		return nil
	}
	var err error
	if p.session != nil {
		err = p.session.Close(context.Background())
	}
	return errors.Join(err, p.server.Stop())
}

func (w workload) measure(peer string) measure {
	return inLanguage(func(ctx context.Context, p *plgoLab, swap bool) (float64, float64, error) {
		return paired(swap, "plgo_"+w.name, peer+"_"+w.name, func(function string) (float64, error) {
			return p.time(ctx, fmt.Sprintf("select %s(%s)", function, w.argument), fmt.Sprintf(w.query, function))
		})
	})
}

// computes compares code that calls nothing with the same code of stock Go.
func computes(name string, n int64) measure {
	return inLanguage(func(ctx context.Context, p *plgoLab, swap bool) (float64, float64, error) {
		return paired(swap, "plgo_"+name, "stock_"+name, func(function string) (float64, error) {
			return p.time(ctx, fmt.Sprintf("select %s(1)", function), fmt.Sprintf("select %s(%d)", function, n))
		})
	})
}

func inLanguage(f func(ctx context.Context, p *plgoLab, swap bool) (float64, float64, error)) measure {
	return func(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
		p, err := l.language(ctx)
		if err != nil {
			return 0, 0, err
		}
		return f(ctx, p, swap)
	}
}

// time runs one statement, to warm up, and times another.
func (p *plgoLab) time(ctx context.Context, first, then string) (float64, error) {
	if err := exec1(ctx, p.session, first); err != nil {
		return 0, err
	}
	took, err := elapsed(func() error { return exec1(ctx, p.session, then) })
	return milliseconds(took), err
}

// create is a statement that creates a function. %d in the text is a number that no text has had.
func (p *plgoLab) create(lang, text string) string {
	if strings.Contains(text, "%d") {
		p.serial++
		text = fmt.Sprintf(text, p.serial)
	}
	return fmt.Sprintf("create or replace function created_%s(n bigint) returns bigint language %[1]s strict as $pgstd$%s$pgstd$", lang, text)
}

func creates(ours, plpgsql string) measure { return createsWith("on", ours, plpgsql) }

// createsObjects times functions that have objects of their own, as aggregates do.
func createsObjects(ours string) measure { return createsWith("off", ours, plpgsqlText) }

func createsWith(base, ours, plpgsql string) measure {
	return inLanguage(func(ctx context.Context, p *plgoLab, swap bool) (float64, float64, error) {
		texts := map[string]string{"plgo": ours, "plpgsql": plpgsql}
		ms, peer, err := paired(swap, "plgo", "plpgsql", func(lang string) (float64, error) {
			return p.time(ctx, "set plgo.shared_base = "+base, p.create(lang, texts[lang]))
		})
		return ms, peer, errors.Join(err, exec1(ctx, p.session, "reset plgo.shared_base"))
	})
}

// cachedCreates times a function that is created with a text that the compiler has seen before.
func cachedCreates(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
	return creates("return n + 1", "begin return n + 1; end")(ctx, l, swap)
}

// goBuilds compares with what a stock go build of the same code takes, in a module of its own.
func goBuilds(body, imports string) measure {
	return func(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
		p, err := l.language(ctx)
		if err != nil {
			return 0, 0, err
		}
		return paired(swap, "create", "build", func(what string) (float64, error) {
			if what == "create" {
				return p.time(ctx, "select 1", p.create("plgo", body))
			}
			p.serial++
			text := fmt.Sprintf(body, p.serial)
			if !strings.Contains(text, "err") {
				text += ", nil"
			}
			dir := filepath.Join(l.dir, "stock", "created")
			source := "package main\n\nimport \"C\"\n\n" + imports + "\n\n//export Created\nfunc Created(n int64) int64 { v, _ := created(n); return v }\n\nfunc created(n int64) (int64, error) {\n" + text + "\n}\n\nfunc main() {}\n"
			if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o644)); err != nil {
				return 0, err
			}
			took, err := elapsed(func() error { return l.buildStock(ctx, "created") })
			return milliseconds(took), err
		})
	}
}

// firstCalls times the first call in a session less a later one.
func firstCalls(ours, peer string) measure {
	return inLanguage(func(ctx context.Context, p *plgoLab, swap bool) (float64, float64, error) {
		return paired(swap, ours, peer, func(function string) (float64, error) {
			s, err := connect(ctx, p.server.Dir())
			if err != nil {
				return 0, err
			}
			defer s.Close(ctx)
			var times []float64
			// A function in C has warmed up what sessions have in common.
			if err := exec1(ctx, s, fmt.Sprintf("prepare f as select %s(1); select c_add_one(1)", function)); err != nil {
				return 0, err
			}
			for range 6 {
				took, err := elapsed(func() error { return exec1(ctx, s, "execute f") })
				if err != nil {
					return 0, err
				}
				times = append(times, milliseconds(took))
			}
			return times[0] - median(times[1:]), nil
		})
	})
}
