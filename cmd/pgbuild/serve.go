package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgstd/pgstd/plgo/compileapi"
	"github.com/pgstd/pgstd/plgo/compileserver"
	"github.com/pgstd/pgstd/target"
)

// graceTime is how long a server that stops waits for what it compiles.
const graceTime = 30 * time.Second

func serveCommand() *cobra.Command {
	var tools toolFlags
	var o compileserver.Options
	var listen, mode, signKey string
	var bits os.FileMode
	var targets []string
	var parsed []target.Target
	modules := modulesValue{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Compile functions of a procedural language for others",
		Long: `Serve answers compile requests over HTTP, on a Unix socket or a loopback
address: POST /v1/compile takes what "pgbuild compile --json" takes. GET /healthz says
whether it works, and GET /metrics what it has done, in the text format of Prometheus.

Run it as a user of its own, who cannot read the database's files, and set plgo.compiler
to its address. All clients share one cache of compiled functions. Functions can import
the standard library, and the packages of --modules: docs/compile.md says how. It stops
at SIGTERM, after the requests that it has begun.`,
		Example: `  pgbuild serve --listen unix:/run/pgbuild/socket --socket-mode 0666
  pgbuild serve --listen 127.0.0.1:7070
  pgbuild serve --modules /etc/pgbuild/modules --target linux-postgres-amd64 --target linux-postgres-arm64`,
		Args: cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error {
			n, err := strconv.ParseUint(mode, 8, 9)
			if err != nil {
				return fmt.Errorf("--socket-mode %q is no file mode, such as 0660", mode)
			}
			bits = os.FileMode(n)
			for _, name := range targets {
				t, err := target.Parse(name)
				if err != nil {
					return err
				}
				parsed = append(parsed, t)
			}
			return checkIntake(&o)
		},
		RunE: ran(func(cmd *cobra.Command, _ []string) error {
			service := compileapi.NewService(tools.compiler(cmd))
			service.Modules, service.WorkAhead = modules, true
			defer service.Close()
			if err := signWith(service, signKey); err != nil {
				return err
			}
			l, err := compileserver.Listen(listen, bits)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "pgbuild: serving at", listen)
			// The first compiler takes as long as compiling the standard library does: who asks
			// meanwhile hears how far it is.
			ctx, stop := context.WithCancelCause(cmd.Context())
			defer stop(nil)
			go func() {
				if err := service.Prepare(ctx, parsed...); err != nil {
					stop(err)
				}
			}()
			err = compileserver.New(service, o).Serve(ctx, l, graceTime)
			if cause := context.Cause(ctx); cause != nil && cmd.Context().Err() == nil {
				return cause
			}
			return err
		}),
	}
	tools.addBuild(cmd)
	addModules(cmd, modules)
	addSignKey(cmd, &signKey)
	cmd.Flags().StringVar(&listen, "listen", "unix:/run/pgbuild/socket", "address: unix:PATH, or HOST:PORT of this machine")
	cmd.Flags().StringArrayVar(&targets, "target", nil, "target to be ready for at the start, as linux-postgres-arm64 (default: this machine's). Can be repeated; others are made ready when they are asked for")
	cmd.Flags().StringVar(&mode, "socket-mode", "0660", "mode of the socket: who may connect")
	cmd.Flags().IntVar(&o.Workers, "workers", 2, "requests that compile at the same time")
	cmd.Flags().IntVar(&o.Spare, "spare", 4, "more that do, each of a client that has none there")
	cmd.Flags().IntVar(&o.Queue, "queue", 64, "requests that wait; more are refused")
	cmd.Flags().IntVar(&o.PerClient, "per-client", 16, "requests of one client that wait or compile")
	cmd.Flags().DurationVar(&o.Timeout, "request-timeout", 2*time.Minute, "time for one request, waiting included")
	return cmd
}

// checkIntake checks how much a server is to take in.
func checkIntake(o *compileserver.Options) error {
	switch {
	case o.Workers < 1:
		return errors.New("--workers has to be at least 1")
	case o.PerClient < 1:
		return errors.New("--per-client has to be at least 1")
	case o.Queue < 0:
		return errors.New("--queue has to be at least 0")
	case o.Spare < 0:
		return errors.New("--spare has to be at least 0")
	case o.Timeout <= 0:
		return errors.New("--request-timeout has to be more than nothing")
	}
	// Which stands for none.
	if o.Queue == 0 {
		o.Queue = -1
	}
	if o.Spare == 0 {
		o.Spare = -1
	}
	return nil
}
