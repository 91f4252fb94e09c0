package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// printLauncher prints the path of a program that runs a command of pgbuild with its flags
// and a hidden one. Other tools are told of a program by its path alone.
func printLauncher(cmd *cobra.Command, flag string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("looking for this program: %w", err)
	}
	words := []string{"exec", quoted(self), cmd.Name(), "--" + flag}
	cmd.Flags().Visit(func(f *pflag.Flag) { words = append(words, quoted("--"+f.Name+"="+f.Value.String())) })
	script := "#!/bin/sh\n" + strings.Join(words, " ") + ` -- "$@"` + "\n"
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return err
	}
	if err := kit.PrivateDir(cache); err != nil {
		return err
	}
	dir := filepath.Join(cache, "tools", fmt.Sprintf("%x", sha256.Sum256([]byte(script)))[:24])
	path := filepath.Join(dir, "pgbuild-"+cmd.Name())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making a folder for tools: %w", err)
	}
	if err := atomicfile.Write(path, []byte(script), 0o755); err != nil {
		return fmt.Errorf("writing a tool: %w", err)
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), path)
	return err
}

// quoted is a word for a shell.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

func addHidden(cmd *cobra.Command, to *bool, name, usage string) {
	cmd.Flags().BoolVar(to, name, false, usage)
	if err := cmd.Flags().MarkHidden(name); err != nil {
		panic(err) // it has just been made
	}
}
