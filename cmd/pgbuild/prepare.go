package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"
)

// prepareFor makes the compiler ready for who will run it as the server's command: what it
// makes lies in that user's cache. That it cannot be made ready now is no failure of what
// is installed: the first function has it made.
func prepareFor(cmd *cobra.Command, tools toolFlags) error {
	server, err := user.Lookup("postgres")
	if os.Geteuid() != 0 || err != nil {
		return prepareCompiler(cmd, tools, nil)
	}
	if err := prepareAs(cmd, server); err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "pgbuild: the compiler is not ready for user %s: %v; \"pgbuild compile --prepare\", run by that user, makes it so\n", server.Username, err)
	}
	return nil
}

// prepareAs runs this program as another user.
func prepareAs(cmd *cobra.Command, u *user.User) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return err
	}
	other := exec.CommandContext(cmd.Context(), self, "compile", "--prepare")
	other.Dir = "/"
	other.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + u.HomeDir, "USER=" + u.Username, "LOGNAME=" + u.Username, "LC_ALL=C"}
	other.Stderr = cmd.ErrOrStderr()
	other.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return other.Run()
}
