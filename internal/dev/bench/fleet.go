package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A database with many functions, which share a base in plgo, and sessions that call them.
const (
	fleetFunctions = 50
	fleetSessions  = 200
)

// fleetBodies are what functions of a fleet do, each of them with a number of its own.
var fleetBodies = map[string]string{
	"plgo":    `return strings.ToUpper(fmt.Sprint(n, " ", %d))`,
	"plpgsql": `begin return upper(n || ' ' || %d); end`,
	"plperl":  `return uc("$_[0] %d");`,
}

func init() {
	if runtime.GOARCH != "amd64" { // for which alone bases are made
		return
	}
	for _, peer := range []string{"plpgsql", "plperl"} {
		suffix := strings.TrimSuffix("_"+peer, "_plpgsql")
		benchmarks = append(benchmarks,
			benchmark{"fleet_bytes_per_function" + suffix, peerNames[peer], "bytes", 1, fleet(peer, fleetBytes)},
			benchmark{"fleet_rss_per_function_kb" + suffix, peerNames[peer], "kB", 1, fleet(peer, fleetMemory)},
			benchmark{"fleet_first_call_us" + suffix, peerNames[peer], "us", 1, fleet(peer, fleetFirstCall)},
			benchmark{"fleet_200x50_mb" + suffix, peerNames[peer], "MB", 1, fleet(peer, fleetResident)},
			benchmark{"fleet_session_first_call_ms" + suffix, peerNames[peer], "ms", 3, fleetSessionFirstCall(peer)},
		)
	}
	benchmarks = append(benchmarks,
		benchmark{"restart_us", "PL/pgSQL error", "us", 5, fleet("plpgsql", fleetRestart)},
	)
}

// fleet measures functions of plgo that share a base beside those of another language.
func fleet(peer string, f func(ctx context.Context, p *plgoLab, language string) (float64, error)) measure {
	return inLanguage(func(ctx context.Context, p *plgoLab, swap bool) (float64, float64, error) {
		if err := p.makeFleet(ctx); err != nil {
			return 0, 0, err
		}
		return paired(swap, "plgo", peer, func(language string) (float64, error) { return f(ctx, p, language) })
	})
}

// makeFleet creates the functions, when they are first needed.
func (p *plgoLab) makeFleet(ctx context.Context) error {
	if p.fleet {
		return nil
	}
	statements := []string{
		"create function fleet_plgo_end() returns int language plgo as $$ os.Exit(1); return 1 $$",
		"create function fleet_plpgsql_end() returns int language plpgsql as $$ begin return 1 / 0; end $$"}
	for language, body := range fleetBodies {
		for i := range fleetFunctions {
			statements = append(statements, fmt.Sprintf("create function fleet_%s_%d(n bigint) returns text language %[1]s strict as $fleet$ "+body+" $fleet$", language, i, i))
		}
	}
	for _, sql := range statements {
		if err := exec1(ctx, p.session, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	p.fleet = true
	return nil
}

// fleetBytes is what the database has of each function besides its row in the catalog: in plgo,
// one base comes to it, whatever the number of functions.
func fleetBytes(ctx context.Context, p *plgoLab, language string) (bytes float64, err error) {
	query := "select avg(octet_length(prosrc)) from pg_proc where proname like 'fleet_" + language + "_%'"
	if language == "plgo" {
		query = "select avg(pg_column_size(object)) from plgo.object where target like '%+base'"
	}
	err = p.session.QueryRow(ctx, query).Scan(&bytes)
	return bytes, err
}

// called is a session that has called the first two functions: what comes is what each one more takes.
func (p *plgoLab) called(ctx context.Context, language string, f func(s *pgx.Conn) error) error {
	s, err := connect(ctx, p.server.Dir())
	if err != nil {
		return err
	}
	defer s.Close(ctx)
	if err := callFleet(ctx, s, language, 0, 2); err != nil {
		return err
	}
	return f(s)
}

func callFleet(ctx context.Context, s *pgx.Conn, language string, from, to int) error {
	for i := from; i < to; i++ {
		if err := exec1(ctx, s, fmt.Sprintf("select fleet_%s_%d(1)", language, i)); err != nil {
			return err
		}
	}
	return nil
}

// fleetMemory is what a session has for itself alone of each further function.
func fleetMemory(ctx context.Context, p *plgoLab, language string) (kb float64, err error) {
	err = p.called(ctx, language, func(s *pgx.Conn) error {
		before, err := rollup(s.PgConn().PID(), "Anonymous:")
		if err != nil {
			return err
		}
		if err := callFleet(ctx, s, language, 2, fleetFunctions); err != nil {
			return err
		}
		after, err := rollup(s.PgConn().PID(), "Anonymous:")
		kb = (after - before) / (fleetFunctions - 2)
		return err
	})
	return kb, err
}

func fleetFirstCall(ctx context.Context, p *plgoLab, language string) (us float64, err error) {
	err = p.called(ctx, language, func(s *pgx.Conn) error {
		var times []float64
		for i := 2; i < fleetFunctions; i++ {
			took, err := elapsed(func() error { return callFleet(ctx, s, language, i, i+1) })
			if err != nil {
				return err
			}
			times = append(times, microseconds(took))
		}
		us = median(times)
		return nil
	})
	return us, err
}

// fleetResident is what many sessions take that have called all functions: each page of
// memory once, however many have it.
func fleetResident(ctx context.Context, p *plgoLab, language string) (mb float64, err error) {
	var sessions []*pgx.Conn
	defer func() {
		for _, s := range sessions {
			err = errors.Join(err, s.Close(ctx))
		}
	}()
	for range fleetSessions {
		s, err := connect(ctx, p.server.Dir())
		if err != nil {
			return 0, err
		}
		sessions = append(sessions, s)
		if err := callFleet(ctx, s, language, 0, fleetFunctions); err != nil {
			return 0, err
		}
	}
	for _, s := range sessions {
		kb, err := rollup(s.PgConn().PID(), "Pss:")
		if err != nil {
			return 0, err
		}
		mb += kb / 1024
	}
	return mb, nil
}

func fleetSessionFirstCall(peer string) measure {
	return func(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
		p, err := l.language(ctx)
		if err != nil {
			return 0, 0, err
		}
		if err := p.makeFleet(ctx); err != nil {
			return 0, 0, err
		}
		return firstCalls("fleet_plgo_0", "fleet_"+peer+"_0")(ctx, l, swap)
	}
}

// fleetRestart times a call that ends the world of its role, and the next one.
func fleetRestart(ctx context.Context, p *plgoLab, language string) (us float64, err error) {
	err = p.called(ctx, language, func(s *pgx.Conn) error {
		took, err := elapsed(func() error {
			if err := fails(ctx, s, "select fleet_"+language+"_end()", ""); err != nil {
				return err
			}
			return callFleet(ctx, s, language, 0, 1)
		})
		us = microseconds(took)
		return err
	})
	return us, err
}

// rollup is a sum over all mappings of a process, in kB.
func rollup(pid uint32, field string) (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(data) {
		if value, ok := bytes.CutPrefix(line, []byte(field)); ok {
			return strconv.ParseFloat(string(bytes.Fields(value)[0]), 64)
		}
	}
	return 0, fmt.Errorf("process %d has no %s", pid, field)
}
