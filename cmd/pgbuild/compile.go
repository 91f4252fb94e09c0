package main

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgstd/pgstd/plgo/compileapi"
	"github.com/pgstd/pgstd/target"
)

func compileCommand() *cobra.Command {
	var tools toolFlags
	var signKey string
	var prepare bool
	modules := modulesValue{}
	cmd := &cobra.Command{
		Use:   "compile --json",
		Short: "Compile functions of a procedural language",
		Long: `Compile reads a request from standard input, compiles the functions that it
describes, and writes the answer to standard output: their objects, or what
is wrong with them. Both are JSON; docs/compile.md describes them.

The first request on a machine compiles the standard library, which takes minutes;
--prepare does that beforehand, makes the base that functions share, and reads no request.

This is what a procedural-language handler runs. The exit status is 1 if there is an
error in the answer.`,
		Example: `  pgbuild compile --prepare
  pgbuild compile --json <request.json >answer.json`,
		Args: cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command, _ []string) error {
			if prepare {
				return prepareCompiler(cmd, tools, modules)
			}
			response := answer(cmd, tools, modules, signKey)
			if err := response.Write(cmd.OutOrStdout()); err != nil {
				return fmt.Errorf("writing the answer: %w", err)
			}
			if response.Failed() {
				return errReported
			}
			return nil
		}),
	}
	tools.addBuild(cmd)
	addModules(cmd, modules)
	addSignKey(cmd, &signKey)
	cmd.Flags().Bool("json", false, "read a request and write an answer, both JSON")
	cmd.Flags().BoolVar(&prepare, "prepare", false, "compile nothing but what every function needs: the standard library, and the base of functions")
	cmd.MarkFlagsOneRequired("json", "prepare")
	cmd.MarkFlagsMutuallyExclusive("json", "prepare")
	return cmd
}

// prepareCompiler makes what every function needs, and says so while it takes time.
func prepareCompiler(cmd *cobra.Command, tools toolFlags, modules modulesValue) error {
	service := compileapi.NewService(tools.compiler(cmd))
	service.Modules = modules
	host := string(target.Host())
	both := &compileapi.Request{Prepare: true, Targets: []string{host, host + compileapi.OnBase}}
	stop := sayPreparing(cmd.ErrOrStderr(), 5*time.Second, func() string { return service.Preparing(both) })
	err := service.Prepare(cmd.Context())
	if err == nil {
		err = service.PrepareBase(cmd.Context(), target.Host())
	}
	stop()
	return errors.Join(err, service.Close())
}

// answer reads the request of a compile command and answers it, whatever it is.
func answer(cmd *cobra.Command, tools toolFlags, modules modulesValue, signKey string) *compileapi.Response {
	data, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), compileapi.MaxRequest+1))
	if err != nil {
		return compileapi.Failure(fmt.Errorf("reading the request: %w", err))
	}
	request, err := compileapi.Decode(data)
	if err != nil {
		return compileapi.Failure(err)
	}
	service := compileapi.NewService(tools.compiler(cmd))
	service.Modules = modules
	defer service.Close()
	if err := signWith(service, signKey); err != nil {
		return compileapi.Failure(err)
	}
	// Without a limit: nobody else would go on with it.
	wanted := *request
	wanted.Limits = nil
	service.FindBase = true
	stop := sayPreparing(cmd.ErrOrStderr(), time.Second, func() string { return service.Preparing(&wanted) })
	err = service.Ready(cmd.Context(), &wanted)
	stop()
	if err != nil {
		return compileapi.Failure(err)
	}
	return service.Compile(cmd.Context(), request)
}

// sayPreparing writes a line each time that an interval has passed, until stop is called:
// what is being made.
// The handler counts the time for the functions from the last of them: docs/compile.md.
func sayPreparing(w io.Writer, interval time.Duration, what func() string) (stop func()) {
	done := make(chan struct{})
	var saying sync.WaitGroup
	saying.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				if s := what(); s != "" {
					fmt.Fprintf(w, "pgbuild: preparing: %s\n", s)
				}
			}
		}
	})
	return func() {
		close(done)
		saying.Wait()
	}
}
