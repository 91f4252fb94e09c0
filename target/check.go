package target

import (
	"context"
	"path/filepath"
	"slices"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/gate"
	"github.com/pgstd/pgstd/trust/policy"
	"github.com/pgstd/pgstd/trust/source"
)

// Check judges the source of packages, as a build of them would. Request.Package is
// left alone; the packages are relative to Request.Dir.
func Check(ctx context.Context, r Request, packages ...string) (*source.Result, error) {
	result, err := r.check(ctx, packages, func(m *extension.Module) (*policy.Policy, error) {
		return policy.Find(r.Policy, m.Dir, source.Acceptable())
	})
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(r.Dir)
	if err != nil {
		return nil, err
	}
	result.Relative(dir)
	return result, nil
}

func (r Request) check(ctx context.Context, packages []string, find func(*extension.Module) (*policy.Policy, error)) (*source.Result, error) {
	k, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	dir := r.Dir
	if len(packages) == 1 {
		r.Package = packages[0]
		var pattern string
		dir, pattern = r.where()
		packages = []string{pattern}
	}
	m, err := extension.FindModule(dir)
	if err != nil {
		return nil, err
	}
	p, err := find(m)
	if err != nil {
		return nil, err
	}
	if err := k.See(m); err != nil {
		return nil, err
	}
	if special := source.Special(k.Sources...); special != nil {
		return &source.Result{Findings: special}, nil
	}
	moduleFlags, err := k.Resolve(m, k.Work)
	if err != nil {
		return nil, err
	}
	cfg := gate.Config(k, m, dir, moduleFlags, packages...)
	list := slices.Concat([]string{"list"}, cfg.BuildFlags, packages)
	var result *source.Result
	err = k.Fetching(ctx, dir, list, func() error {
		if result, err = gate.Judge(ctx, k, cfg, p); err != nil {
			return err
		}
		return gate.LacksModules(result)
	})
	return result, err
}
