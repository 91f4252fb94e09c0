package dbtest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/scratch"
	"github.com/pgstd/pgstd/target"
)

// Session is a file of SQL and the one with what psql prints for it.
type Session struct {
	Name     string
	SQL      string
	Expected string
}

// Sessions finds those of a package. As with pg_regress they are sql/NAME.sql and
// expected/NAME.out, in the package's folder or in its folder test; beside others in sql, which are
// parts of the extension, the file in expected tells that it is one. In test/sql all are.
func Sessions(dir string) []Session {
	var all []Session
	for _, below := range []string{"", "test"} {
		files, _ := filepath.Glob(filepath.Join(dir, below, "sql", "*.sql")) // the pattern is well-formed
		slices.Sort(files)
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".sql")
			expected := filepath.Join(dir, below, "expected", name+".out")
			if _, err := os.Lstat(expected); below == "" && err != nil {
				continue
			}
			all = append(all, Session{name, file, expected})
		}
	}
	return all
}

// createsExtension tells that a session does so itself, as pg_regress's have to.
var createsExtension = regexp.MustCompile(`(?im)^\s*create\s+extension\b`)

// RunSessions plays sessions, each in a database of its own, in which the extension is there unless
// the session creates one. With update, what psql prints becomes what is expected.
func (s *Server) RunSessions(sessions []Session, run *regexp.Regexp, update bool, say func(name, report string)) (Outcome, error) {
	var all Outcome
	for i, one := range sessions {
		if run != nil && !run.MatchString(one.Name) {
			continue
		}
		start := time.Now()
		difference, err := s.play(one, fmt.Sprintf("regress_%d", i), update)
		if err != nil {
			return all, fmt.Errorf("%s: %w", one.SQL, err)
		}
		outcome := "PASS"
		if difference != "" {
			outcome = "FAIL"
			all.Failed++
		} else {
			all.Passed++
		}
		name := "sql/" + one.Name
		say(name, fmt.Sprintf("--- %s: %s (%.2fs)\n%s", outcome, name, time.Since(start).Seconds(), difference))
	}
	return all, nil
}

// play plays a session and returns how its output differs from what is expected.
func (s *Server) play(one Session, database string, update bool) (string, error) {
	script, err := os.ReadFile(one.SQL)
	if err != nil {
		return "", err
	}
	if err := s.Database(database, !createsExtension.Match(script)); err != nil {
		return "", err
	}
	// The flags of pg_regress, and its settings of the session.
	psql := s.Psql(s.ctx, "-Xaq", "-d", database, "-v", "HIDE_TABLEAM=on", "-v", "HIDE_TOAST_COMPRESSION=on")
	psql.Env = append(psql.Env, "PGTZ=PST8PDT", "PGDATESTYLE=Postgres, MDY", "PGOPTIONS=-c intervalstyle=postgres_verbose", "PGAPPNAME=pg_regress/"+one.Name)
	var out bytes.Buffer
	if s.request.Cover {
		if n := len(script); n > 0 && script[n-1] != '\n' {
			script = append(script, '\n')
		}
		script = append(script, askCoverage...)
	}
	psql.Stdin, psql.Stdout, psql.Stderr = bytes.NewReader(script), &out, &out
	psql.Dir = filepath.Dir(filepath.Dir(one.SQL))
	err = psql.Run()
	if s.ctx.Err() != nil {
		return "", s.ctx.Err()
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return "", err
	}
	if s.request.Cover {
		// The first line of what was added to the script is echoed, like all of it.
		if said, lines, ok := bytes.Cut(out.Bytes(), []byte(coverageMark+"\n")); ok {
			out.Truncate(len(said))
			s.Covered(string(lines))
		}
	}
	if update {
		if err := os.MkdirAll(filepath.Dir(one.Expected), 0o755); err != nil {
			return "", err
		}
		return "", atomicfile.Write(one.Expected, out.Bytes(), 0o644)
	}
	// As with pg_regress, NAME_1.out and so on are expected as well.
	best := ""
	for i := range 10 {
		expected := one.Expected
		if i > 0 {
			expected = fmt.Sprintf("%s_%d.out", strings.TrimSuffix(one.Expected, ".out"), i)
		}
		want, err := os.ReadFile(expected)
		if err != nil && i > 0 {
			continue
		}
		if err != nil {
			return fmt.Sprintf("    there is no %s; \"pgbuild test -u\" makes it\n", one.Expected), nil
		}
		if bytes.Equal(want, out.Bytes()) {
			return "", nil
		}
		d, err := diff(expected, out.Bytes())
		if err != nil {
			return "", err
		}
		if best == "" || len(d) < len(best) {
			best = d
		}
	}
	return best, nil
}

// coverageMark is where a session's own output ends.
const coverageMark = `\echo pgbuild coverage`

// askCoverage is what a session prints at its end where statements are counted, whatever state
// its script has left it in.
const askCoverage = coverageMark + `
\set ON_ERROR_STOP off
\o
\pset format unaligned
\pset tuples_only on
\pset expanded off
rollback;
reset session authorization;
select format('select %s.%I()', pronamespace::regnamespace, proname) from pg_catalog.pg_proc where proname = '` + target.CoverageFunction + `' \gexec
`

// diff shows where an output parts from what is expected.
func diff(expected string, got []byte) (string, error) {
	temp, err := scratch.Make("", scratch.Prefix)
	if err != nil {
		return "", err
	}
	defer temp.Remove()
	file := filepath.Join(temp.Path, "got")
	if err := os.WriteFile(file, got, 0o644); err != nil {
		return "", err
	}
	out, err := exec.Command("diff", "-u", "--label", expected, "--label", "what psql prints", expected, file).Output()
	if exit := (*exec.ExitError)(nil); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		return "", fmt.Errorf("running diff: %w", err)
	}
	return string(out), nil
}
