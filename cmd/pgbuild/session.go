package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/dbtest"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/session"
	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

func startCommand() *cobra.Command {
	var tools toolFlags
	var plgo bool
	modules := modulesValue{}
	cmd := &cobra.Command{
		Use:   "start NAME [PACKAGE]",
		Short: "Start a PostgreSQL that stays, with an extension",
		Long: `Start builds the extension of PACKAGE and starts a scratch PostgreSQL with it that stays
until "pgbuild stop NAME"; "pgbuild connect NAME" opens psql on it, also from other
terminals. One that was stopped starts again with its data. A PACKAGE is needed the first
time only; with one, the extension is built anew.

With --plgo it has the procedural language plgo instead, and a compiler, which is started
with the flags that were given last.

Its data is not safe: a machine that goes down takes it along.`,
		Example: `  pgbuild start shop ./textkit
  pgbuild start shop
  pgbuild start --plgo functions`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.RangeArgs(1, 2)(cmd, args); err != nil {
				return err
			}
			return packageOrLanguage("starts", &plgo)(cmd, args[1:])
		},
		PreRunE: modulesOfLanguage(modules, &plgo),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			s, err := keepEither(cmd, tools, args[0], args[1:], plgo, modules)
			if err != nil {
				return err
			}
			return showSession(cmd, s)
		}),
	}
	tools.addBuild(cmd)
	tools.addDebug(cmd)
	tools.addPgConfig(cmd)
	tools.addPolicy(cmd)
	addModules(cmd, modules)
	cmd.Flags().BoolVar(&plgo, "plgo", false, "have the procedural language instead of an extension")
	cmd.ValidArgsFunction = completeSessions
	return cmd
}

func stopCommand() *cobra.Command {
	var remove bool
	cmd := &cobra.Command{
		Use:   "stop NAME",
		Short: "Stop a PostgreSQL that \"start\" or \"run --keep\" has started",
		Long: `Stop ends the server of a session and keeps its data for the next start. With --remove,
the session and its data are gone.`,
		Example: `  pgbuild stop shop
  pgbuild stop --remove shop`,
		Args: cobra.ExactArgs(1),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			s, err := openSession(args[0])
			if err != nil {
				return err
			}
			if remove {
				return s.Remove()
			}
			return s.Stop()
		}),
	}
	cmd.Flags().BoolVar(&remove, "remove", false, "remove the session and its data")
	cmd.ValidArgsFunction = completeSessions
	return cmd
}

func statusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "List the PostgreSQLs that stay",
		Long: `Status lists the sessions of "start" and "run --keep": the name, whether it runs, the
extension, and the folder of the socket that programs connect to (PGHOST).`,
		Example: `  pgbuild status
  pgbuild status --json`,
		Args: cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			cache, err := kit.DefaultCacheDir()
			if err != nil {
				return err
			}
			all, err := session.List(cache)
			if err != nil {
				return err
			}
			type row struct {
				Name       string   `json:"name"`
				Running    bool     `json:"running"`
				Extension  string   `json:"extension"`
				Postgresql string   `json:"postgresql,omitempty"`
				Env        []string `json:"env,omitempty"`
			}
			rows := []row{}
			for _, s := range all {
				r := row{Name: s.Name, Extension: s.Extension}
				if r.Env, r.Postgresql, err = s.Env(); err == nil {
					r.Running = true
				}
				rows = append(rows, r)
			}
			if asJSON {
				return printJSON(cmd, rows)
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, r := range rows {
				if r.Running {
					fmt.Fprintf(table, "%s\truns\t%s\tPostgreSQL %s\t%s\n", r.Name, r.Extension, r.Postgresql, r.Env[0])
				} else {
					fmt.Fprintf(table, "%s\tstopped\t%s\t\t\n", r.Name, r.Extension)
				}
			}
			return table.Flush()
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func connectCommand() *cobra.Command {
	var sql psqlFlags
	cmd := &cobra.Command{
		Use:   "connect NAME [-- FLAG...]",
		Short: "Open psql on a PostgreSQL that stays",
		Long: `Connect opens psql on a session of "start" or "run --keep", or runs the given SQL and
stops at its first error. What stands after "--" goes to psql.`,
		Example: `  pgbuild connect shop
  pgbuild connect shop -c "select slugify('Hello, World')"
  pgbuild connect shop -- -At -d template1`,
		Args: func(cmd *cobra.Command, args []string) error {
			names, _ := splitArgs(cmd, args)
			return cobra.ExactArgs(1)(cmd, names)
		},
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			names, flags := splitArgs(cmd, args)
			if err := sql.check(); err != nil {
				return err
			}
			s, err := openSession(names[0])
			if err != nil {
				return err
			}
			return sql.run(cmd, flags, func(ctx context.Context, args ...string) (*exec.Cmd, error) { return s.Psql(ctx, args...) })
		}),
	}
	sql.add(cmd)
	cmd.ValidArgsFunction = completeSessions
	return cmd
}

// keepSessionCommand is what "start" runs beside itself.
func keepSessionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "keep-session NAME",
		Short:   "Run the server of a session",
		Long:    `Keep-session runs the server of a session until "pgbuild stop". It is what "pgbuild start" starts.`,
		Example: `  pgbuild keep-session shop`,
		Hidden:  true,
		Args:    cobra.ExactArgs(1),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			s, err := openSession(args[0])
			if err != nil {
				return err
			}
			start := func(data session.MakeData) (session.Server, error) { return startKept(cmd.Context(), s, data) }
			if s.Plgo {
				start = func(data session.MakeData) (session.Server, error) { return startKeptLanguage(cmd, s, data) }
			}
			return s.Keep(cmd.Context(), start, func(c session.Server, refused error) error {
				p, err := target.LoadExtension(cmd.Context(), target.Request{Dir: s.Where, Package: s.Package})
				if err != nil {
					return refused
				}
				return dbtest.Origin(cmd.Context(), c, p, refused)
			})
		}),
	}
}

// startKept starts the server of a session with an extension.
func startKept(ctx context.Context, s *session.Session, data session.MakeData) (session.Server, error) {
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return nil, err
	}
	pg, err := pgconfig.Find(ctx, s.PGConfig)
	if err != nil {
		return nil, err
	}
	support, err := target.BuildSupport(ctx, target.Request{PGConfig: s.PGConfig})
	if err != nil {
		return nil, err
	}
	c, err := cluster.Start(ctx, cluster.Options{PG: pg, CacheDir: filepath.Join(cache, "cluster"), Files: append(support, s.FilePaths()...), MakeData: data})
	if err != nil {
		return nil, err
	}
	return c, nil
}

func openSession(name string) (*session.Session, error) {
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return nil, err
	}
	return session.Open(cache, name)
}

// keep builds an extension and starts a session with it, or gives it to one that runs. Without a
// package, it starts a session that is there.
func keep(cmd *cobra.Command, tools toolFlags, name string, args []string) (*session.Session, error) {
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return nil, err
	}
	s, err := session.Open(cache, name)
	switch old := s; {
	case err == nil && old.Plgo && len(args) > 0:
		return nil, fmt.Errorf("session %s is for functions of the language plgo; name another one for the extension", name)
	case err == nil && old.Plgo:
		return keepLanguage(cmd, name, nil)
	case err != nil || len(args) > 0:
		if s, err = session.New(cache, name); err != nil {
			return nil, err
		}
		if s.Where, err = os.Getwd(); err != nil {
			return nil, err
		}
		s.Package, s.Stale = packageArg(args), old != nil && old.Stale
		if _, err := rebuildSession(cmd, tools, s); err != nil {
			return nil, err
		}
	}
	if s.Running() {
		return s, nil
	}
	return s, startKeeper(cmd, s)
}

// startKeeper starts the server of a session.
func startKeeper(cmd *cobra.Command, s *session.Session) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// It outlives this command, and so must not end with its context.
	keeper := exec.Command(self, "keep-session", s.Name)
	keeper.Args[0] = "pgbuild"
	return s.Start(cmd.Context(), keeper)
}

// rebuildSession builds a session's extension, and gives it to the server if that runs. It tells
// whether the script is another one.
func rebuildSession(cmd *cobra.Command, tools toolFlags, s *session.Session) (bool, error) {
	dir, err := s.FilesDir()
	if err != nil {
		return false, err
	}
	before := scripts(dir)
	options, progress := tools.options(cmd)
	defer progress.end()
	built, err := target.BuildExtension(cmd.Context(), target.Request{Options: options, Dir: s.Where, Package: s.Package, PGConfig: tools.pgConfig, OutDir: dir})
	if err != nil {
		return false, err
	}
	progress.end()
	s.Extension, s.PGConfig, s.Files = built.Name, built.Postgres.Path, nil
	for _, file := range built.Files() {
		s.Files = append(s.Files, filepath.Base(file))
	}
	changed := !bytes.Equal(before, scripts(dir))
	running := s.Running()
	s.Stale = s.Stale || changed && !running
	if err := s.Save(); err != nil {
		return false, err
	}
	if !running {
		return changed, nil
	}
	if err := s.Reload(cmd.Context(), changed); err != nil {
		return changed, dbtest.Origin(cmd.Context(), s, built.Package, err)
	}
	return changed, nil
}

// scripts are the texts of an extension.
func scripts(dir string) []byte {
	var all []byte
	files, _ := filepath.Glob(filepath.Join(dir, "*.sql")) // the pattern is well-formed
	for _, file := range files {
		data, _ := os.ReadFile(file)
		all = append(all, data...)
	}
	return all
}

func showSession(cmd *cobra.Command, s *session.Session) error {
	env, version, err := s.Env()
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s runs: PostgreSQL %s with %s; connect with: pgbuild connect %[1]s, or any client with\n", s.Name, version, s.Extension)
	for _, v := range env {
		fmt.Fprintln(cmd.OutOrStdout(), "export", v)
	}
	return nil
}

func completeSessions(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	all, _ := session.List(cache)
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// printJSON prints a value, indented.
func printJSON(cmd *cobra.Command, v any) error {
	data, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s\n", data)
	return nil
}

// interruptible leaves Ctrl-C to psql, which cancels the query at hand.
func interruptible(cmd *cobra.Command) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.WithoutCancel(cmd.Context()), syscall.SIGTERM, syscall.SIGHUP)
}

var errNoPsql = errors.New("psql not found; install it (apt-get install postgresql-client)")
