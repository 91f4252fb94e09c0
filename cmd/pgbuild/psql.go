package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// psqlFlags say what psql is to do.
type psqlFlags struct {
	commands []string
	file     string
	opened   *os.File // file, if it is one
}

func (p *psqlFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&p.commands, "command", "c", nil, "run this SQL instead of opening psql; can be repeated")
	cmd.Flags().StringVarP(&p.file, "file", "f", "", `run the SQL of this file ("-" for standard input)`)
	cmd.MarkFlagsMutuallyExclusive("command", "file")
}

// check opens the file, so that one that is not there is noticed before anything is built.
func (p *psqlFlags) check() error {
	if p.file == "" || p.file == "-" || p.opened != nil {
		return nil
	}
	var err error
	if p.opened, err = os.Open(p.file); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: No such file or directory", p.file)
	} else if err != nil {
		return err
	}
	if info, err := p.opened.Stat(); err != nil || info.IsDir() {
		return fmt.Errorf("%s is a folder; name a file of SQL", p.file)
	}
	return nil
}

// run runs psql, with further flags. SQL that is given, or piped in, ends at its first error, which
// is one of the command; of what somebody types, psql makes what it likes.
func (p *psqlFlags) run(cmd *cobra.Command, flags []string, psql func(ctx context.Context, args ...string) (*exec.Cmd, error)) error {
	var args []string
	for _, sql := range p.commands {
		args = append(args, "-c", sql)
	}
	if p.file != "" {
		args = append(args, "-f", p.file)
	}
	ctx, stop := cmd.Context(), context.CancelFunc(func() {})
	switch {
	case len(args) > 0:
	case term.IsTerminal(int(os.Stdin.Fd())):
		ctx, stop = interruptible(cmd)
	case len(flags) == 0:
		args = []string{"-f", "-"} // errors with their lines
	}
	defer stop()
	if len(args) > 0 || !term.IsTerminal(int(os.Stdin.Fd())) {
		args = append([]string{"-X", "-v", "ON_ERROR_STOP=1"}, args...)
	}
	run, err := psql(ctx, slices.Concat(args, flags)...)
	if err != nil {
		return err
	}
	run.Stdin, run.Stdout, run.Stderr = os.Stdin, cmd.OutOrStdout(), cmd.ErrOrStderr()
	err = run.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return errReported
	}
	if errors.Is(err, exec.ErrNotFound) {
		return errNoPsql
	}
	return err
}
