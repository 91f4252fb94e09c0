// Package plgotest runs a scratch PostgreSQL that has the procedural language plgo,
// with a compiler of its own beside it: for people who try the language, and for tests.
package plgotest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/scratch"
	"github.com/pgstd/pgstd/plgo/compileapi"
	"github.com/pgstd/pgstd/plgo/compileserver"
	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/signature"
)

// Options say what to run.
type Options struct {
	Build    target.Options // of the compiler and of the handler
	PGConfig string         // empty: the one in PATH
	Files    []string       // of more extensions
	Settings []string       // more of the server's, as name=value
	Env      []string       // more of its environment, as NAME=value
	// SignKey is the secret key that the compiler signs with, in a file; empty: it
	// does not sign.
	SignKey string
	// Modules are the sets of modules that functions may import, by name: folders.
	Modules map[string]string
	// Targets are those that the compiler is ready for at the start; none: this machine's.
	Targets []target.Target
	// NoCompiler leaves the server without one.
	NoCompiler bool
	// Base says what functions are compiled to.
	Base Base
	// MakeData makes the data directory, of a server that has had the language.
	MakeData func(ctx context.Context, data string) error
}

// Base says whether the functions of a server share a base, unless they are told otherwise.
type Base int

const (
	// NoBase: each has an object. A server that goes with its functions has no use for a base.
	NoBase Base = iota
	// BaseLater: they do when the base has been made, which begins with the first of them, as for a server that stays.
	BaseLater
	// BaseFirst: they do, and the base is made before the server is there.
	BaseFirst
)

// Server is a running PostgreSQL with the language.
type Server struct {
	*cluster.Cluster
	Compiler string // its address, as plgo.compiler has it

	dir     *scratch.Folder // of the socket
	stop    context.CancelFunc
	stopped chan error
	service *compileapi.Service
}

// Start starts the compiler and PostgreSQL, and creates the language in database
// postgres.
func Start(ctx context.Context, o Options) (*Server, error) {
	pg, err := pgconfig.Find(ctx, o.PGConfig)
	if err != nil {
		return nil, err
	}
	request := target.Request{Options: o.Build, PGConfig: o.PGConfig}
	files, err := target.BuildLanguage(ctx, request)
	if err != nil {
		return nil, err
	}
	support, err := target.BuildSupport(ctx, request)
	if err != nil {
		return nil, err
	}
	s := &Server{}
	if err := s.serve(ctx, o); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	compiler := s.Compiler
	if o.NoCompiler {
		compiler = ""
	}
	settings := []string{"plgo.compiler=" + compiler}
	if o.Base == NoBase {
		settings = append(settings, "plgo.shared_base=off")
	}
	s.Cluster, err = cluster.Start(ctx, cluster.Options{
		PG:       pg,
		CacheDir: filepath.Join(cache, "cluster"),
		Files:    append(append(files, support...), o.Files...),
		Settings: append(settings, o.Settings...),
		Env:      o.Env,
		MakeData: o.MakeData,
	})
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	if o.MakeData != nil {
		return s, nil
	}
	for _, name := range []string{target.SupportName, target.LanguageName} {
		if _, err := s.Query(ctx, "create extension "+name); err != nil {
			return nil, errors.Join(fmt.Errorf("create extension %s: %w", name, err), s.Stop())
		}
	}
	return s, nil
}

// serve starts the compiler at a socket that the server's user can reach.
func (s *Server) serve(ctx context.Context, o Options) error {
	base, err := cluster.Base()
	if err != nil {
		return err
	}
	if s.dir, err = scratch.Make(base, "pgstd-serve-"); err != nil {
		return err
	}
	if err := os.Chmod(s.dir.Path, 0o711); err != nil {
		return err
	}
	s.service = compileapi.NewService(o.Build)
	s.service.Modules, s.service.WorkAhead, s.service.FindBase = o.Modules, true, o.Base != BaseLater
	if o.SignKey != "" {
		key, err := signature.ReadKey(o.SignKey, nil)
		if err != nil {
			return err
		}
		s.service.Sign = key.Sign
	}
	if err := s.service.Prepare(ctx, o.Targets...); err != nil {
		return err
	}
	if o.Base == BaseFirst {
		if err := s.service.PrepareBase(ctx, cmp.Or(o.Build.Target, target.Host())); err != nil {
			return err
		}
	}
	s.Compiler = "unix:" + filepath.Join(s.dir.Path, "socket")
	l, err := compileserver.Listen(s.Compiler, 0o666)
	if err != nil {
		return err
	}
	s.run(ctx, l)
	return nil
}

func (s *Server) run(ctx context.Context, l net.Listener) {
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.stopped = make(chan error, 1)
	server := compileserver.New(s.service, compileserver.Options{})
	go func() { s.stopped <- server.Serve(ctx, l, 10*time.Second) }()
}

// StopKeeping is Stop, where keep gets the data directory of the server that has ended.
func (s *Server) StopKeeping(keep func(data string) error) error {
	err := s.Cluster.StopKeeping(keep)
	s.Cluster = nil
	return errors.Join(err, s.Stop())
}

// Stop stops PostgreSQL and the compiler, and removes what they have left.
func (s *Server) Stop() error {
	var errs []error
	if s.Cluster != nil {
		errs = append(errs, s.Cluster.Stop())
	}
	if s.stop != nil {
		s.stop()
		errs = append(errs, <-s.stopped)
	}
	if s.service != nil {
		errs = append(errs, s.service.Close())
	}
	if s.dir != nil {
		errs = append(errs, s.dir.Remove())
	}
	return errors.Join(errs...)
}
