package overlay

import (
	"bytes"
	"fmt"
	"go/build"
	"go/version"
	"io"
	"path"
	"slices"

	"github.com/pgstd/pgstd/internal/gocmd"
)

// ourFile is a file of a replacement tree that the target selects.
type ourFile struct {
	*treeFile
	parsed *source // nil for assembly
}

// selectOurs parses a file of ours if this target selects it.
func selectOurs(f *treeFile, t target, errs *problems) *ourFile {
	ok, err := f.selected(t.ctx, f.name)
	if err != nil {
		errs.add(f.path(), "", "cannot be read: %v", err)
		return nil
	}
	if as, _ := f.selected(t.ctx, prefix+f.name); as != ok {
		errs.add(f.path(), "", "its name up to the first underscore is an architecture or a system; put a word and an underscore before it")
		return nil
	}
	ordinary := t.ctx
	ordinary.BuildTags = slices.DeleteFunc(slices.Clone(Tags), func(s string) bool { return s == "postgres" })
	if plain, _ := f.selected(ordinary, f.name); plain {
		errs.add(f.path(), "", "would be part of an ordinary build; put \"//go:build postgres\" at its top")
		return nil
	}
	if !ok {
		if !f.selectable(t.ctx) {
			errs.add(f.path(), "stale", "no target and no supported release selects it; look at its name and its //go:build line, or remove it")
		}
		return nil
	}
	our := &ourFile{treeFile: f}
	if path.Ext(f.name) == ".go" {
		if our.parsed, err = parseSource(f.path(), f.data); err != nil {
			errs.add(f.path(), "", "does not parse: %v", err)
			return nil
		}
	}
	return our
}

// selected reports whether a build selects the file, if it has the given name.
func (f *treeFile) selected(ctx build.Context, name string) (bool, error) {
	ctx.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(f.data)), nil }
	return ctx.MatchFile("", name)
}

// selectable reports whether any supported build selects the file.
func (f *treeFile) selectable(ctx build.Context) bool {
	for _, build := range []Config{{}, {Test: true}, {Test: true, Network: true}} {
		ctx.BuildTags = build.BuildTags()
		if f.selectableWith(ctx) {
			return true
		}
	}
	return false
}

func (f *treeFile) selectableWith(ctx build.Context) bool {
	for _, ctx.GOARCH = range architectures {
		ctx.ReleaseTags = nil
		for n := 1; ; n++ {
			tag := fmt.Sprintf("go1.%d", n)
			if version.Compare(tag, gocmd.FirstUnsupported) >= 0 {
				break
			}
			ctx.ReleaseTags = append(ctx.ReleaseTags, tag)
			if version.Compare(tag, version.Lang(gocmd.MinVersion)) < 0 {
				continue
			}
			if ok, _ := f.selected(ctx, f.name); ok {
				return true
			}
		}
	}
	return false
}
