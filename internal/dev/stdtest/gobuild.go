package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pgstd/pgstd/target"
)

// What a test takes for the go command, where a table says that it starts "build": this
// program, which builds for the target. A test of package runtime builds programs in order to
// see them die, and one of stock Go would tell nothing.
const (
	buildName   = "go"           // by which it knows that it is this
	buildGo     = "STDTEST_GO"   // the release
	buildTarget = "STDTEST_ARCH" // the target
)

// builder makes the folder of that command: flags of the host, and the environment.
func (r *runner) builder(tmp string) (flags, env []string, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	bin := filepath.Join(tmp, "bin")
	if err := os.Mkdir(bin, 0o777); err != nil {
		return nil, nil, err
	}
	command := filepath.Join(bin, buildName)
	if err := os.Symlink(self, command); err != nil {
		return nil, nil, err
	}
	// The compiler's folder is where a test looks whether there is one.
	flags = []string{"-x", command, "-d", filepath.Join(r.root, "pkg"), "-o", filepath.Join(tmp, "scratch")}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, nil, err
	}
	return flags, []string{
		"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + home,
		buildGo + "=" + r.golang.Path, buildTarget + "=" + string(r.options.Target),
	}, nil
}

// isBuilder tells whether this process is that command.
func isBuilder() bool { return filepath.Base(os.Args[0]) == buildName && os.Getenv(buildGo) != "" }

// buildForTarget is the command: "go build -o FILE", in the folder of a program, and what tests ask before.
func buildForTarget(args []string) error {
	root := filepath.Dir(filepath.Dir(os.Getenv(buildGo)))
	if len(args) > 0 && args[0] == "tool" {
		fmt.Println(filepath.Join(root, "pkg", "tool", "linux_"+target.Target(os.Getenv(buildTarget)).GOARCH(), args[len(args)-1]))
		return nil
	}
	flags := flag.NewFlagSet("go build", flag.ContinueOnError)
	out := flags.String("o", "", "")
	if len(args) == 0 || args[0] != "build" || flags.Parse(args[1:]) != nil || *out == "" {
		return fmt.Errorf("%q is nothing that can be had for the target", args)
	}
	pkg := "."
	if flags.NArg() > 0 {
		pkg = flags.Arg(0)
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	// The tests know the folder of Go as the kernel calls it. Files of the overlay, and so of the
	// build, have the other name.
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return err
	}
	if below, ok := strings.CutPrefix(dir, real+"/"); ok {
		dir = filepath.Join(root, below)
	}
	if err := os.Unsetenv("GOROOT"); err != nil {
		return err
	}
	options := target.Options{Go: os.Getenv(buildGo), Target: target.Target(os.Getenv(buildTarget)), Files: true}
	return target.BuildMain(context.Background(), target.Request{Options: options, Dir: dir, Package: pkg}, *out)
}
