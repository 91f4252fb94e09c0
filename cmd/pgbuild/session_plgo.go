package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/session"
	"github.com/pgstd/pgstd/plgo/compileapi"
	"github.com/pgstd/pgstd/plgo/plgotest"
	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// keepEither starts a session with an extension, or with the language.
func keepEither(cmd *cobra.Command, tools toolFlags, name string, args []string, plgo bool, modules modulesValue) (*session.Session, error) {
	if !plgo {
		return keep(cmd, tools, name, args)
	}
	flags, err := compilerFlags(cmd, modules)
	if err != nil {
		return nil, err
	}
	return keepLanguage(cmd, name, flags)
}

// compilerFlags are the flags of a command that are about the compiler, as they can be given again
// elsewhere.
func compilerFlags(cmd *cobra.Command, modules modulesValue) ([]string, error) {
	of := &cobra.Command{}
	(&toolFlags{}).addBuild(of)
	(&toolFlags{}).addPgConfig(of)
	var flags []string
	var wrong error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if of.Flags().Lookup(f.Name) == nil {
			return
		}
		value := f.Value.String()
		if (f.Name == "go" || f.Name == "pg-config") && strings.ContainsRune(value, '/') {
			path, err := filepath.Abs(value)
			value, wrong = path, errors.Join(wrong, err)
		}
		flags = append(flags, "--"+f.Name+"="+value)
	})
	for name, dir := range modules {
		path, err := filepath.Abs(dir)
		if wrong = errors.Join(wrong, err); name != "" {
			path = name + "=" + path
		}
		flags = append(flags, "--modules="+path)
	}
	slices.Sort(flags)
	return flags, wrong
}

// ofCompiler reads such flags.
func ofCompiler(flags []string) (toolFlags, modulesValue, error) {
	var tools toolFlags
	modules := modulesValue{}
	of := &cobra.Command{}
	tools.addBuild(of)
	tools.addPgConfig(of)
	addModules(of, modules)
	err := of.ParseFlags(flags)
	return tools, modules, err
}

// keepLanguage starts a session with the language, or finds one that runs. Without flags, it has
// those of the last time.
func keepLanguage(cmd *cobra.Command, name string, flags []string) (*session.Session, error) {
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return nil, err
	}
	s, err := session.Open(cache, name)
	switch {
	case err != nil:
		if s, err = session.New(cache, name); err != nil {
			return nil, err
		}
		s.Plgo, s.Extension = true, target.LanguageName
	case !s.Plgo:
		return nil, fmt.Errorf("session %s has the extension %s; name another one for the language", name, s.Extension)
	case s.Running() && len(flags) > 0 && !slices.Equal(flags, s.Compiler):
		return nil, fmt.Errorf("session %s runs with other flags; end it first, with: pgbuild stop %[1]s", name)
	case s.Running():
		return s, nil
	}
	if len(flags) > 0 {
		s.Compiler = flags
	}
	tools, modules, err := ofCompiler(s.Compiler)
	if err != nil {
		return nil, err
	}
	tools.pgConfig = cmp.Or(tools.pgConfig, s.PGConfig)
	pg, err := pgconfig.Find(cmd.Context(), tools.pgConfig)
	if err != nil {
		return nil, err
	}
	s.PGConfig = pg.Path
	if err := prepareLanguage(cmd, tools, modules); err != nil {
		return nil, err
	}
	if _, err := s.FilesDir(); err != nil {
		return nil, err
	}
	if err := s.Save(); err != nil {
		return nil, err
	}
	return s, startKeeper(cmd, s)
}

// prepareLanguage builds what the keeper will need, here, where somebody sees how far it is and
// what is wrong.
func prepareLanguage(cmd *cobra.Command, tools toolFlags, modules modulesValue) error {
	options, progress := tools.options(cmd)
	defer progress.end()
	if _, err := target.BuildLanguage(cmd.Context(), target.Request{Options: options, PGConfig: tools.pgConfig}); err != nil {
		return err
	}
	service := compileapi.NewService(options)
	service.Modules = modules
	return errors.Join(service.Prepare(cmd.Context()), service.Close())
}

// startKeptLanguage starts the server of a session with the language, and its compiler.
func startKeptLanguage(cmd *cobra.Command, s *session.Session, data session.MakeData) (session.Server, error) {
	tools, modules, err := ofCompiler(s.Compiler)
	if err != nil {
		return nil, err
	}
	started, err := plgotest.Start(cmd.Context(), plgotest.Options{Build: tools.compiler(cmd), PGConfig: s.PGConfig, Modules: modules, MakeData: data, Base: plgotest.BaseLater})
	if err != nil {
		return nil, err
	}
	return started, nil
}

// modulesOfLanguage refuses --modules without the language.
func modulesOfLanguage(modules modulesValue, plgo *bool) func(*cobra.Command, []string) error {
	return func(*cobra.Command, []string) error {
		if !*plgo && len(modules) > 0 {
			return errors.New("--modules is for functions of the language; add --plgo")
		}
		return nil
	}
}
