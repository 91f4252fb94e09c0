package extension

import (
	"context"
	"errors"
	"fmt"

	"github.com/pgstd/pgstd/internal/gocmd"
)

// listed is what go list tells of a package.
type listed struct {
	Dir        string
	ImportPath string
	Name       string
	Standard   bool
	GoFiles    []string
	CgoFiles   []string
	Module     *struct {
		Path      string
		Dir       string
		Main      bool
		GoVersion string
	}
	Error *struct{ Pos, Err string }
}

// list asks the go command for the one package that the pattern names. It uses
// -find, so that nothing is resolved, downloaded or compiled: that takes some
// 10 ms, and the build that follows reports what is wrong with imports.
func (cfg *LoadConfig) list(ctx context.Context) (*listed, error) {
	pattern := cfg.Pattern
	if pattern == "" {
		pattern = "."
	}
	args := []string{"-e", "-find", "-json=Dir,ImportPath,Name,Standard,GoFiles,CgoFiles,Module,Error"}
	args = append(args, cfg.BuildFlags...)
	found, err := gocmd.List[listed](ctx, cfg.Go, cfg.Dir, append(args, "--", pattern)...)
	if err != nil {
		return nil, err
	}
	return pick(pattern, found)
}

func pick(pattern string, found []*listed) (*listed, error) {
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("%s matches no package; name the folder of one", pattern)
	case 1:
	default:
		return nil, fmt.Errorf("%s matches %d packages; an extension is made from one: name its folder", pattern, len(found))
	}
	p := found[0]
	switch {
	case p.Error != nil && p.Error.Pos != "":
		return nil, fmt.Errorf("%s: %s", p.Error.Pos, p.Error.Err)
	case p.Error != nil:
		return nil, errors.New(p.Error.Err)
	case p.Standard:
		return nil, fmt.Errorf("%s is a package of the standard library; write a package of your own that uses it", p.ImportPath)
	case p.Module == nil:
		return nil, fmt.Errorf("%s is in no module; make one with: go mod init NAME", p.ImportPath)
	case !p.Module.Main:
		return nil, fmt.Errorf("%s is in the module %s, not in the one of the current folder; run pgbuild in a checkout of %s",
			p.ImportPath, p.Module.Path, p.Module.Path)
	}
	return p, nil
}
