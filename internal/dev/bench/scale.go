package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"

	"github.com/jackc/pgx/v5"

	"github.com/pgstd/pgstd/internal/atomicfile"
)

// axis is a kind of work of which there can be more or less.
type axis struct {
	Name  string `json:"name"`
	Unit  string `json:"unit"` // of the amounts
	Lines []line `json:"lines"`

	amounts []int
	// measure takes the time of an amount of work, for the one of the names that
	// "ours" and the peers have.
	measure func(ctx context.Context, l *lab, who string, n int) (milliseconds float64, err error)
	who     []string
}

// line is how the cost of one grows.
type line struct {
	Who      string  `json:"who"`
	Points   []point `json:"points"`
	Exponent float64 `json:"exponent"` // 1: twice the work takes twice the time
}

type point struct {
	Amount       int     `json:"amount"`
	Milliseconds float64 `json:"ms"`
}

const scaleFunctions = `
create function plpgsql_echo(t text) returns text language plpgsql strict as 'begin return t; end';
`

func powers(first, last, base int) (all []int) {
	for n := first; n <= last; n *= base {
		all = append(all, n)
	}
	return all
}

func axes() []axis {
	return []axis{
		{Name: "rows", Unit: "rows of a set", amounts: powers(1e3, 1e7, 10), who: []string{"ours", "c", "plpgsql"},
			measure: timed("select count(*) from %s_series(%d)")},
		{Name: "text", Unit: "bytes of a text", amounts: powers(1, 1e8, 10), who: []string{"ours", "c", "plpgsql"},
			measure: timed("select octet_length(%s_echo(t)) from repeat('x', %d) t")},
		{Name: "nesting", Unit: "levels of function, SQL, function", amounts: []int{1, 10, 100, 300, 1000}, who: []string{"ours", "plpgsql"},
			measure: timed("select %s_nested(%d)")},
		{Name: "goroutines", Unit: "goroutines that wait at a time", amounts: powers(1, 1e6, 10), who: []string{"ours"},
			measure: timed("select %s_goroutines(%d)")},
		{Name: "heap", Unit: "MB in use", amounts: powers(1, 1024, 4), who: []string{"ours"},
			measure: timed("select %s_heap(%d)")},
		{Name: "sessions", Unit: "sessions, each with a first call", amounts: powers(1, 64, 4), who: []string{"ours", "c", "plpgsql"},
			measure: sessions},
		{Name: "functions", Unit: "functions called in one session", amounts: powers(1, 64, 4), who: []string{"ours", "plpgsql", "plpython"},
			measure: manyFunctions},
	}
}

// scale measures all axes and writes what came of it to a folder.
func scale(ctx context.Context, runs int, only, dir string, short bool) (err error) {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	l, err := openLab(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if _, err := l.cluster.Query(ctx, scaleFunctions); err != nil {
		return err
	}
	var measured []axis
	for _, a := range axes() {
		if !pattern.MatchString(a.Name) {
			continue
		}
		if short {
			a.amounts, runs = a.amounts[:2], 1
		}
		fmt.Fprintln(os.Stderr, "bench:", a.Name)
		if err := a.run(ctx, l, runs); err != nil {
			return fmt.Errorf("%s: %w", a.Name, err)
		}
		for _, line := range a.Lines {
			last := line.Points[len(line.Points)-1]
			fmt.Printf("%-12s %-10s exponent %5.2f, %12.2f ms for %d %s\n", a.Name, line.Who, line.Exponent, last.Milliseconds, last.Amount, a.Unit)
		}
		measured = append(measured, a)
	}
	data, err := json.MarshalIndent(measured, "", "  ")
	if err != nil {
		return err
	}
	page, err := scalePage(measured)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return errors.Join(
		atomicfile.Write(filepath.Join(dir, "scale.json"), append(data, '\n'), 0o644),
		atomicfile.Write(filepath.Join(dir, "scale.html"), page, 0o644))
}

// run measures everybody with each amount in turn, so that all meet the same machine.
func (a *axis) run(ctx context.Context, l *lab, runs int) error {
	for _, who := range a.who {
		a.Lines = append(a.Lines, line{Who: who})
	}
	for _, n := range a.amounts {
		for i := range a.Lines {
			var times []float64
			for range runs {
				took, err := a.measure(ctx, l, a.Lines[i].Who, n)
				if err != nil {
					return fmt.Errorf("%s with %d: %w", a.Lines[i].Who, n, err)
				}
				times = append(times, took)
			}
			a.Lines[i].Points = append(a.Lines[i].Points, point{n, median(times)})
		}
	}
	for i := range a.Lines {
		a.Lines[i].Exponent = exponent(a.Lines[i].Points)
	}
	return nil
}

// exponent fits a power to the larger half of the points, and two of them at least: the
// others say what a call costs that does nothing.
func exponent(points []point) float64 {
	points = points[max(0, min(len(points)/2, len(points)-2)):]
	var sx, sy, sxx, sxy float64
	for _, p := range points {
		x, y := math.Log(float64(p.Amount)), math.Log(p.Milliseconds)
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	n := float64(len(points))
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}

// scaleSession is a session in which the work has room.
func scaleSession(ctx context.Context, l *lab) (*pgx.Conn, error) {
	s, err := connect(ctx, l.cluster.Dir())
	if err != nil {
		return nil, err
	}
	// A first call, as the parameters are those of the host.
	for _, sql := range []string{"select ours_add_one(1)", "set pgstd.max_memory = '8GB'", "set max_stack_depth = '6MB'"} {
		if err := exec1(ctx, s, sql); err != nil {
			return nil, errors.Join(err, s.Close(ctx))
		}
	}
	return s, nil
}

// timed times a query in a session of its own that has called the function before.
func timed(query string) func(context.Context, *lab, string, int) (float64, error) {
	return func(ctx context.Context, l *lab, who string, n int) (float64, error) {
		s, err := scaleSession(ctx, l)
		if err != nil {
			return 0, err
		}
		defer s.Close(ctx)
		if err := exec1(ctx, s, fmt.Sprintf(query, who, 1)); err != nil {
			return 0, err
		}
		took, err := elapsed(func() error { return exec1(ctx, s, fmt.Sprintf(query, who, n)) })
		return milliseconds(took), err
	}
}

// sessions times the first calls in n sessions that are all there at a time.
func sessions(ctx context.Context, l *lab, who string, n int) (took float64, err error) {
	var all []*pgx.Conn
	defer func() {
		for _, s := range all {
			err = errors.Join(err, s.Close(ctx))
		}
	}()
	for range n {
		s, err := connect(ctx, l.cluster.Dir())
		if err != nil {
			return 0, err
		}
		all = append(all, s)
	}
	d, err := elapsed(func() error {
		for _, s := range all {
			if err := exec1(ctx, s, fmt.Sprintf("select %s_add_one(1)", who)); err != nil {
				return err
			}
		}
		return nil
	})
	return milliseconds(d), err
}

// manyFunctions times the first calls of n functions in a session.
func manyFunctions(ctx context.Context, l *lab, who string, n int) (float64, error) {
	p, err := l.language(ctx)
	if err != nil {
		return 0, err
	}
	language := map[string]string{"ours": "plgo", "plpgsql": "plpgsql", "plpython": "plpython3u"}[who]
	body := "return n + %d"
	if who == "plpgsql" {
		body = "begin return n + %d; end"
	}
	for i := range n {
		sql := fmt.Sprintf("create or replace function scale_%s_%d(n bigint) returns bigint language %s strict as $$ "+body+" $$", who, i, language, i)
		if err := exec1(ctx, p.session, sql); err != nil {
			return 0, err
		}
	}
	s, err := connect(ctx, p.server.Dir())
	if err != nil {
		return 0, err
	}
	defer s.Close(ctx)
	took, err := elapsed(func() error {
		for i := range n {
			if err := exec1(ctx, s, fmt.Sprintf("select scale_%s_%d(1)", who, i)); err != nil {
				return err
			}
		}
		return nil
	})
	return milliseconds(took), err
}
