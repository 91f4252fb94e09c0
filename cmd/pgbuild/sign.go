package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/plgo/compileapi"
	"github.com/pgstd/pgstd/trust/object"
	"github.com/pgstd/pgstd/trust/signature"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func signCommand() *cobra.Command {
	var key, newKey string
	cmd := &cobra.Command{
		Use:   "sign --key FILE FILE...",
		Short: "Sign files that pgbuild has made",
		Long: `Sign makes a signature beside each file, as FILE.minisig, by a secret key of
minisign. Keys and signatures are minisign's own: its command makes, signs and
verifies the same. A file that the object gate refuses is not signed.

With --new-key, sign makes a pair of keys: NAME.key, which is secret, and
NAME.pub, which goes to whoever is to trust it. If a key is protected by a
password, that is asked for on the terminal, or else read as the first line of
standard input.

A server refuses what is not signed by a key that it trusts if its configuration
parameter pgstd.trusted_keys names a folder of public keys.`,
		Example: `  pgbuild sign --new-key release
  pgbuild sign --key release.key textkit.so
  pgbuild verify --trusted-keys /etc/pgstd/keys textkit.so`,
		RunE: func(cmd *cobra.Command, files []string) error {
			switch {
			case newKey != "" && key == "" && len(files) == 0:
				return ran(func(cmd *cobra.Command, _ []string) error { return makeKey(cmd, newKey) })(cmd, nil)
			case newKey != "":
				return errors.New("--new-key goes with nothing else")
			case key == "":
				return errors.New("no secret key; name one with --key, or make one with --new-key")
			case len(files) == 0:
				return errors.New("no file to sign")
			}
			return ran(func(cmd *cobra.Command, files []string) error { return signFiles(cmd, key, files) })(cmd, files)
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "file of the secret key")
	cmd.Flags().StringVar(&newKey, "new-key", "", "make the keys NAME.key and NAME.pub")
	return cmd
}

func signFiles(cmd *cobra.Command, keyFile string, files []string) error {
	key, err := signature.ReadKey(keyFile, func() (string, error) { return password(cmd, "Password of "+keyFile+": ") })
	if err != nil {
		return err
	}
	var made []atomicfile.File
	for _, file := range files {
		data, err := readObject(file)
		if err != nil {
			return err
		}
		r := object.Verify(data, "")
		if err := r.Err(); err != nil {
			return fmt.Errorf("%s is not signed, as the object gate refuses it: %w", file, err)
		}
		comment := fmt.Sprintf("pgstd %s %s %s", r.Provenance.Target, r.Kind, filepath.Base(file))
		made = append(made, atomicfile.File{Path: file + signature.Suffix, Data: key.Sign(data, comment), Perm: 0o644})
	}
	if err := atomicfile.WriteAll(made...); err != nil {
		return fmt.Errorf("writing signatures: %w", err)
	}
	for _, f := range made {
		fmt.Fprintln(cmd.OutOrStdout(), f.Path)
	}
	return nil
}

// addSignKey is for commands that compile for a server which demands signatures.
func addSignKey(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "sign-key", "", "file of a secret key, without a password, to sign what is compiled")
	cmd.MarkFlagFilename("sign-key")
}

// signWith has a service sign what it compiles.
func signWith(service *compileapi.Service, path string) error {
	if path == "" {
		return nil
	}
	key, err := signature.ReadKey(path, func() (string, error) {
		return "", fmt.Errorf("%s is protected by a password, and nobody is there to be asked; use a key without one", path)
	})
	if err != nil {
		return err
	}
	service.Sign = key.Sign
	return nil
}

// makeKey never writes over a key: that would be beyond recall.
func makeKey(cmd *cobra.Command, name string) error {
	public, secret := name+".pub", name+".key"
	for _, path := range []string{public, secret} {
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s is there already; choose another name", path)
		}
	}
	word, err := password(cmd, "Password for "+secret+" (empty: none): ")
	if err != nil {
		return err
	}
	publicText, secretText, err := signature.NewKey(word)
	if err != nil {
		return fmt.Errorf("making keys: %w", err)
	}
	err = atomicfile.WriteAll(
		atomicfile.File{Path: secret, Data: secretText, Perm: 0o600},
		atomicfile.File{Path: public, Data: publicText, Perm: 0o644},
	)
	if err != nil {
		return fmt.Errorf("writing the keys: %w", err)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s\n%s\n", secret, public)
	return nil
}

// password asks on the terminal, or reads a line where there is none.
func password(cmd *cobra.Command, prompt string) (string, error) {
	if in, ok := cmd.InOrStdin().(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		fmt.Fprint(cmd.ErrOrStderr(), prompt)
		word, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(cmd.ErrOrStderr())
		return string(word), err
	}
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
