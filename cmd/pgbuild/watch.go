package main

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/session"
	"github.com/spf13/cobra"
)

func watchCommand() *cobra.Command {
	var tools toolFlags
	cmd := &cobra.Command{
		Use:   "watch NAME [PACKAGE]",
		Short: "Keep a PostgreSQL that stays up to date with the source",
		Long: `Watch starts a session as "start" does, if it does not run, and then rebuilds the
extension whenever a file of its module is saved: sessions of SQL that begin later have the
new code (in psql: \c). If the SQL of the extension has changed, it is made anew, and what
depends on it goes. Mistakes are shown, and the server keeps what it has. It ends with Ctrl-C;
the session stays.`,
		Example: `  pgbuild watch shop ./textkit`,
		Args:    cobra.RangeArgs(1, 2),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			s, err := keep(cmd, tools, args[0], args[1:])
			if err != nil {
				return err
			}
			if s.Plgo {
				return fmt.Errorf("session %s is for functions of the language plgo: there is no source to watch", s.Name)
			}
			if err := showSession(cmd, s); err != nil {
				return err
			}
			return watch(cmd, tools, s)
		}),
	}
	tools.addBuild(cmd)
	tools.addDebug(cmd)
	tools.addPgConfig(cmd)
	tools.addPolicy(cmd)
	cmd.ValidArgsFunction = completeSessions
	return cmd
}

// watch rebuilds whenever the module's files are others than they were.
func watch(cmd *cobra.Command, tools toolFlags, s *session.Session) error {
	dir := s.Where
	if info := filepath.Join(s.Where, s.Package); s.Package != "" && strings.HasPrefix(s.Package, ".") {
		dir = info
	} else if filepath.IsAbs(s.Package) {
		dir = s.Package
	}
	m, err := extension.FindModule(dir)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "watching %s\n", m.Dir)
	for seen := stamps(m.Dir); ; {
		if err := pause(cmd.Context(), 300*time.Millisecond); err != nil {
			return nil // Ctrl-C is how it ends
		}
		now := stamps(m.Dir)
		if now == seen {
			continue
		}
		seen = now
		changed, err := rebuildSession(cmd, tools, s)
		switch {
		case cmd.Context().Err() != nil:
			return nil
		case err != nil:
			fmt.Fprintln(cmd.ErrOrStderr(), "pgbuild:", err)
		case changed:
			fmt.Fprintf(out, "%s is made anew: its SQL has changed\n", s.Extension)
		default:
			fmt.Fprintf(out, "%s is built; new sessions have it\n", s.Extension)
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// stamps tells states of a module's source apart.
func stamps(dir string) string {
	var b strings.Builder
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // gone meanwhile
		}
		if d.IsDir() {
			if name := d.Name(); path != dir && strings.HasPrefix(name, ".") {
				return fs.SkipDir
			}
			return nil
		}
		switch filepath.Ext(path) {
		case ".go", ".sql", ".control", ".mod", ".sum", ".toml":
			if info, err := d.Info(); err == nil {
				fmt.Fprintln(&b, path, info.Size(), info.ModTime().UnixNano())
			}
		}
		return nil
	})
	return b.String()
}
