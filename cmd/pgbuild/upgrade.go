package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/objfile"
	"github.com/pgstd/pgstd/internal/regular"
	"github.com/pgstd/pgstd/internal/scratch"
	"github.com/pgstd/pgstd/internal/upgrade"
	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

func upgradeScriptCommand() *cobra.Command {
	var tools toolFlags
	var tag string
	var write bool
	cmd := &cobra.Command{
		Use:   "upgrade-script OLD.sql|--from-tag TAG [PACKAGE]",
		Short: "Draft the script that upgrades an older version of an extension",
		Long: `Upgrade-script compares the script of an older version, NAME--OLD.sql, with that of the
package as it is, and prints a draft of NAME--OLD--NEW.sql: what is new is created, what has
changed is replaced or altered, what is gone is dropped. Where a person has to decide, as
users' data may depend on it, there is a comment that begins with DECIDE.

With --from-tag, the older version is that of a tag of the package's git repository.
With -w, the draft is written beside the source, from where it ships with the extension.

"pgbuild test --upgrade" proves that the result is right.

PACKAGE is a folder or an import path; the default is the current folder.`,
		Example: `  pgbuild upgrade-script textkit--1.0.sql ./textkit
  pgbuild upgrade-script --from-tag v1.0 -w`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case tag == "" && len(args) == 0:
				return errors.New("name the older version's script, NAME--OLD.sql, or a tag with --from-tag")
			case tag != "" && len(args) > 1:
				return errors.New("with --from-tag, only a PACKAGE is named besides")
			}
			return cobra.MaximumNArgs(2)(cmd, args)
		},
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			from := tag
			if tag == "" {
				from, args = args[0], args[1:]
			}
			options, progress := tools.options(cmd)
			defer progress.end()
			p, err := target.LoadExtension(cmd.Context(), target.Request{Options: options, Package: packageArg(args)})
			if err != nil {
				return err
			}
			old, err := oldVersion(cmd.Context(), options, p.Name, p.Dir, from, tag != "")
			if err != nil {
				return err
			}
			now := p.Control.DefaultVersion
			if old.version == now {
				return fmt.Errorf("the version is %s, as before; raise default_version in %s.control", now, p.Name)
			}
			draft, err := upgrade.Make(p.Name, upgrade.Version{Name: old.version, Script: old.script}, upgrade.Version{Name: now, Script: string(p.SQL())}, p.Control.Module != p.Name)
			if err != nil {
				return err
			}
			progress.end()
			if !write {
				_, err := io.WriteString(cmd.OutOrStdout(), draft.Text)
				return err
			}
			path := filepath.Join(p.Dir, fmt.Sprintf("%s--%s--%s.sql", p.Name, old.version, now))
			if _, err := os.Lstat(path); err == nil {
				return fmt.Errorf("%s is there already; take it away, or leave -w out", path)
			}
			if err := atomicfile.Write(path, []byte(draft.Text), 0o644); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s\n", path)
			if draft.Decisions > 0 {
				what := "1 decision is"
				if draft.Decisions > 1 {
					what = fmt.Sprintf("%d decisions are", draft.Decisions)
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "pgbuild: %s yours; look for DECIDE\n", what)
			}
			return nil
		}),
	}
	tools.addBuild(cmd)
	tools.addTarget(cmd)
	cmd.Flags().StringVar(&tag, "from-tag", "", "the older version is that of this tag of the git repository")
	cmd.Flags().BoolVarP(&write, "write", "w", false, "write the draft beside the source")
	return cmd
}

// oldScript is the script of an older version.
type oldScript struct{ version, script string }

// oldVersion reads NAME--OLD.sql, or makes it of the source of a tag.
func oldVersion(ctx context.Context, options target.Options, name, dir, from string, isTag bool) (v oldScript, err error) {
	if isTag {
		return tagVersion(ctx, options, dir, from)
	}
	base := filepath.Base(from)
	rest, ok := strings.CutPrefix(base, name+"--")
	v.version, ok = strings.CutSuffix(rest, ".sql")
	if !ok || rest == base || v.version == "" || strings.Contains(v.version, "--") {
		return v, fmt.Errorf("%s is not named as the script of a version is, %s--OLD.sql", base, name)
	}
	const maxScript = 64 << 20
	data, err := regular.Read(filepath.Dir(from), base, maxScript)
	v.script = string(data)
	return v, err
}

// tagVersion loads the package as it was at a tag.
func tagVersion(ctx context.Context, options target.Options, dir, tag string) (v oldScript, err error) {
	git := func(dir string, args ...string) (string, error) {
		out, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			err = fmt.Errorf("git %s: %s", args[0], strings.TrimSpace(string(exit.Stderr)))
		}
		return strings.TrimSuffix(string(out), "\n"), err
	}
	prefix, err := git(dir, "rev-parse", "--show-prefix")
	if err != nil {
		return v, err
	}
	top, err := git(dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return v, err
	}
	commit, err := git(dir, "rev-parse", "--verify", "--quiet", "--end-of-options", tag+"^{commit}")
	if err != nil {
		return v, fmt.Errorf("there is no tag %s in the git repository %s", tag, top)
	}
	temp, err := scratch.Make("", scratch.Prefix)
	if err != nil {
		return v, err
	}
	defer temp.Remove()
	archive, err := git(top, "archive", "--format=tar", commit)
	if err != nil {
		return v, err
	}
	if err := extract(strings.NewReader(archive), temp.Path); err != nil {
		return v, fmt.Errorf("the files of %s: %w", tag, err)
	}
	p, err := target.LoadExtension(ctx, target.Request{Options: options, Dir: filepath.Join(temp.Path, prefix)})
	if err != nil {
		return v, fmt.Errorf("at %s: %w", tag, err)
	}
	return oldScript{p.Control.DefaultVersion, string(p.SQL())}, nil
}

// extract writes the ordinary files of an archive.
func extract(archive io.Reader, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	files := tar.NewReader(archive)
	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeDir:
			err = root.MkdirAll(strings.TrimSuffix(h.Name, "/"), 0o755)
		case tar.TypeReg:
			var data []byte
			if data, err = io.ReadAll(files); err == nil {
				err = root.WriteFile(h.Name, data, 0o644)
			}
		}
		if err != nil {
			return err
		}
	}
}

// proveUpgrades creates older versions in a scratch server, and updates them.
func (r *testRun) proveUpgrades(from []string) (err error) {
	ctx := r.cmd.Context()
	configs, err := r.servers.find(ctx)
	if err != nil {
		return err
	}
	for _, config := range configs {
		temp, err := scratch.Make("", scratch.Prefix)
		if err != nil {
			return err
		}
		defer temp.Remove()
		options, progress := r.tools.options(r.cmd)
		defer progress.end()
		built, err := target.BuildExtension(ctx, target.Request{Options: options, Package: packageArg(r.packages), PGConfig: config.Path, OutDir: temp.Path})
		if err != nil {
			return err
		}
		files := built.Files()
		var versions []provedVersion
		for _, f := range from {
			_, missing := os.Stat(f)
			old, err := oldVersion(ctx, options, built.Name, built.Package.Dir, f, missing != nil && !strings.HasSuffix(f, ".sql"))
			if err != nil {
				return err
			}
			path := filepath.Join(temp.Path, fmt.Sprintf("%s--%s.sql", built.Name, old.version))
			script, gone := runnable(old.script, built.Package)
			if err := os.WriteFile(path, []byte(script), 0o644); err != nil {
				return err
			}
			files, versions = append(files, path), append(versions, provedVersion{old.version, gone})
			if built.Package.Control.Module != built.Name {
				own, err := ownModule(temp.Path, built, old.version)
				if err != nil {
					return err
				}
				files = append(files, own...)
			}
		}
		cache, err := kit.DefaultCacheDir()
		if err != nil {
			return err
		}
		c, err := cluster.Start(ctx, cluster.Options{PG: built.Postgres, CacheDir: filepath.Join(cache, "cluster"), Files: files})
		if err != nil {
			return err
		}
		progress.end()
		err = r.prove(c, built, versions)
		if err := errors.Join(err, c.Stop()); err != nil {
			return err
		}
	}
	return nil
}

// ownModule makes an older version one that has a module of its own, if each version has: the
// new one stands for it, under its name.
func ownModule(dir string, built *target.Extension, version string) ([]string, error) {
	name := filepath.Join(dir, built.Name)
	module, control := name+"-"+version+".so", name+"--"+version+".control"
	data, err := os.ReadFile(built.Module)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(module, data, 0o644); err != nil {
		return nil, err
	}
	path := strings.ReplaceAll(built.Name+"-"+version, "'", "''")
	return []string{module, control}, os.WriteFile(control, []byte("module_pathname = '$libdir/"+path+"'\n"), 0o644)
}

// moduleFunction is what a script says of a function in the extension's module.
var moduleFunction = regexp.MustCompile(`'MODULE_PATHNAME',\s*'(\w+)'`)

// provedVersion is an older version, with the functions of its script that the module does not have.
type provedVersion struct {
	name string
	gone []string
}

// runnable makes an older version's script one that can be run where the module is the new one:
// a server refuses functions that a module does not have. What takes the place of those that are gone is not
// to be called, which only the script itself could do.
func runnable(script string, p *extension.Package) (text string, gone []string) {
	there := p.Trampolines()
	text = moduleFunction.ReplaceAllStringFunc(script, func(s string) string {
		symbol := moduleFunction.FindStringSubmatch(s)[1]
		if slices.ContainsFunc(there, func(t objfile.Trampoline) bool { return t.Symbol == symbol }) {
			return s
		}
		gone = append(gone, symbol)
		return "'MODULE_PATHNAME', '" + p.Functions[0].Symbol + "'"
	})
	return text, gone
}

func (r *testRun) prove(c *cluster.Cluster, built *target.Extension, versions []provedVersion) error {
	out, end := r.suite(fmt.Sprintf("upgrades of %s [PostgreSQL %d]", built.Name, c.Major()))
	good := true
	for _, v := range versions {
		name := fmt.Sprintf("Upgrade/%s--%s", v.name, built.Version)
		differences, err := upgrade.Prove(r.cmd.Context(), c, built.Postgres.BinDir, built.Name, v.name, built.Version)
		if err != nil {
			differences = []string{err.Error()}
			if v.gone != nil && strings.HasPrefix(err.Error(), "CREATE EXTENSION") {
				differences = append(differences, fmt.Sprintf("the module does not have %s of version %s any more; if its script calls one, as for an index, keep that",
					strings.Join(v.gone, ", "), v.name))
			}
		}
		fmt.Fprintf(out, "=== RUN   %s\n", name)
		if len(differences) == 0 {
			fmt.Fprintf(out, "--- PASS: %s\n", name)
			continue
		}
		good = false
		fmt.Fprintf(out, "--- FAIL: %s\n", name)
		for _, d := range differences {
			fmt.Fprintf(out, "    %s\n", strings.ReplaceAll(strings.TrimSpace(d), "\n", "\n    "))
		}
	}
	end(good)
	return nil
}
