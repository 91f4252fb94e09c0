package source

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"go/version"
	"runtime"
	"runtime/metrics"
	"strings"
	"time"
)

const (
	// maxTypeErrors is after how many errors a package has said enough.
	maxTypeErrors = 10

	defaultMaxTime   = 5 * time.Minute
	defaultMaxMemory = 4 << 30
)

// typeCheck runs the type checker over a package; declarations leaves the bodies of
// functions out.
//
// The type checker cannot be interrupted, and there is source that keeps it busy until
// the end of days or of memory. If it takes more than it may, it is left behind, and
// the package is refused: whoever called ends soon after.
func (b *Build) typeCheck(ctx context.Context, p *Package, imp *importer, declarations bool) error {
	var files []*ast.File
	for _, f := range p.Files {
		if f.Built && f.Syntax != nil {
			files = append(files, f.Syntax)
		}
	}
	language := p.Module.goVersion
	if language == "" {
		language = "1.16" // as the go command has it for a module without a go line
	}
	type outcome struct {
		pkg  *types.Package
		info *types.Info
		errs []types.Error
	}
	done := make(chan outcome, 1)
	go func() {
		o := outcome{info: NewInfo()}
		conf := types.Config{
			Importer:         imp,
			Sizes:            types.SizesFor("gc", b.cfg.GOARCH),
			GoVersion:        knownVersion("go" + language),
			IgnoreFuncBodies: declarations,
			Error: func(err error) {
				if e := (types.Error{}); errors.As(err, &e) && len(o.errs) < maxTypeErrors {
					o.errs = append(o.errs, e)
				}
			},
		}
		o.pkg, _ = conf.Check(p.Path, b.fset, files, o.info) // errors have been collected
		done <- o
	}()
	what, err := watch(ctx, done, b.cfg.MaxTime, b.cfg.MaxMemory, func(o outcome) {
		p.Types, p.Info, p.TypeErrors = o.pkg, o.info, o.errs
	})
	if err != nil {
		return fmt.Errorf("type-checking %s: %w", p.Path, err)
	}
	if what != "" {
		b.tooMuch = &Finding{
			Rule: "size", Pos: Position{File: p.Dir}, Package: p.Path, Module: p.Module.Path, Version: p.Module.Version,
			Message: "checking the types of the package takes more than " + what,
		}
	}
	return nil
}

// knownVersion returns a version of the language, or the newest that this program's type checker
// knows, if that is older: the Go of a build may be newer than the one that has built pgbuild. What
// is really new in the language stays an error.
func knownVersion(v string) string {
	if newest := version.Lang(runtime.Version()); newest != "" && version.Compare(v, newest) > 0 {
		return newest
	}
	return v
}

// NewerLanguage says what there is to do about source in a version of the language that this program does
// not know; empty if it does.
func NewerLanguage(language string) string {
	v := version.Lang("go" + language)
	if knownVersion(v) == v {
		return ""
	}
	return fmt.Sprintf("; this pgbuild has been built by %s, and the module is in Go %s: if that is new in it, build pgbuild with Go %[2]s",
		runtime.Version(), strings.TrimPrefix(v, "go"))
}

// watch waits for an outcome, and says what there was too much of if it does not come.
func watch[T any](ctx context.Context, done <-chan T, maxTime time.Duration, maxMemory int64, use func(T)) (what string, err error) {
	if maxTime == 0 {
		maxTime = defaultMaxTime
	}
	if maxMemory == 0 {
		maxMemory = defaultMaxMemory
	}
	deadline := time.NewTimer(maxTime)
	defer deadline.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	before := heapSize()
	for {
		select {
		case o := <-done:
			use(o)
			return "", nil
		case <-ctx.Done():
			return "", ctx.Err()
		case <-deadline.C:
			return maxTime.String(), nil
		case <-look.C:
			if heapSize() > before+uint64(maxMemory)/2 {
				// Half of what it may: the buffer that grows is about to be copied.
				return fmt.Sprintf("%d MB of memory", maxMemory>>21), nil
			}
		}
	}
}

// heapSize is what the heap takes, garbage included.
func heapSize() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
