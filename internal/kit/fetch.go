package kit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/sandbox"
)

// A go command that lacks a module says so in one of these ways: before it looks into
// the module cache, when it finds that this is read-only, with the file or with a folder for it,
// or that it has no network. The first two groups are a module and its version, which the last two ways
// may leave out.
var lacks = []*regexp.Regexp{
	regexp.MustCompile(`(?m)^go: downloading (\S+) (v\S+)$`),
	regexp.MustCompile(`/cache/download/(\S+)/@v/(v[^\s/]+)\.\w+: read-only file system`),
	regexp.MustCompile(`mkdir \S+/cache(?:/download\S*)?()(): read-only file system`),
	regexp.MustCompile(`(?:([^\s:"]+)@(v[^\s":]+): )?module lookup disabled by GOPROXY=off`),
}

// Missing returns the modules that an error of the go command names as such.
func Missing(err error) (names []string, some bool) {
	text := err.Error()
	for _, how := range lacks {
		for _, m := range how.FindAllStringSubmatch(text, -1) {
			some = true
			if name := m[1] + "@" + m[2]; m[1] != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names, some
}

// Fetching does what it is given: a go command with these arguments, which has no
// network. If that lacks modules, they are fetched, which is a step of its own that
// compiles nothing, and it is done again.
func (k *Kit) Fetching(ctx context.Context, dir string, args []string, do func() error) error {
	err := do()
	if err == nil {
		return nil
	}
	names, some := Missing(err)
	if !some {
		return err
	}
	if k.Offline {
		return missingModules(names)
	}
	if err := k.fetch(ctx, dir, args); err != nil {
		return err
	}
	return do()
}

// missingModules names the command that fetches them.
func missingModules(names []string) error {
	switch len(names) {
	case 0:
		return errors.New("modules are missing in the module cache, and --offline forbids to fetch them; fetch them with: go mod download")
	case 1:
		return fmt.Errorf("module %s is not in the module cache, and --offline forbids to fetch it; fetch it with: go mod download %[1]s", names[0])
	}
	list := strings.Join(names, " ")
	return fmt.Errorf("modules %s are not in the module cache, and --offline forbids to fetch them; fetch them with: go mod download %s", strings.Join(names, ", "), list)
}

// fetch downloads the modules that the go command args needs, and no others, with the
// user's settings of where from. go.sum says what they have to be. It is the only
// step with a network.
func (k *Kit) fetch(ctx context.Context, dir string, args []string) error {
	runner, err := sandbox.New(sandbox.Off, k.Limits)
	if err != nil {
		return err
	}
	env := append(k.Golang.DownloadEnviron(), "GOOS=linux", "GOARCH="+k.Target.GOARCH(), "CGO_ENABLED=1", "CC="+k.ccName(), "PWD="+dir)
	list := k.listDeps("{{/* nothing */}}", args)
	if args[0] == "test" {
		list = slices.Insert(list, 1, "-test")
	}
	cmd := runner.Command(ctx, dir, env, k.Golang.Path, list...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err = cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	said := strings.TrimSpace(stderr.String())
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && said != "" {
		return fmt.Errorf("fetching modules: %s", said)
	}
	if err != nil {
		return fmt.Errorf("fetching modules: %w", err)
	}
	return nil
}
