package source

import (
	"bytes"
	"go/build"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/overlay"
)

// A module of some size has files for other systems, other compilers, and tags that its
// author alone sets: //go:build icu. No build of the kit's takes them in, whatever its
// target and its release of Go are, so what they do is reported, and refuses nothing.
// Whether a file can be taken in is asked of package go/build, which the go command agrees
// with; in doubt, it can.

// forgivable rules are about what a file says, not about what it is: only such findings are
// forgiven in a file that nothing selects. Text that is not what it looks like is none of
// them, as that may be the constraint itself.
func forgivable(rule string) bool {
	switch rule {
	case "file-name", "irregular-file", "source-text", "identifier", "size", "embed", "import-path":
		return false
	}
	return true
}

// constrained are the extensions of files that the go command looks for constraints in.
var constrained = []string{".go", ".c", ".cc", ".cpp", ".cxx", ".m", ".s", ".S", ".sx", ".f", ".F", ".f90", ".swig", ".swigcxx", ".syso"}

// free are the tags that a build may have or not. Of the others, the release decides; those by
// which modules take the way in pure Go, all builds have.
var free = slices.Concat(slices.DeleteFunc(slices.Clone(overlay.Tags), pure), []string{
	overlay.TestTag, overlay.MemoryNetTag, "timetzdata", "cgo", "race", "msan", "asan", "boringcrypto", "faketime", "nethttpomithttp2", "math_big_pure_go",
})

// freeForm are further ones, that are not to be listed: experiments, and the levels of an
// architecture.
var freeForm = regexp.MustCompile(`goexperiment\.\w+|(?:amd64|arm64)\.v[0-9]+(?:\.[0-9]+)?|go1\.(?:2[7-9]|[3-9][0-9])\b`)

func pure(tag string) bool { return slices.Contains(overlay.PureTags, tag) }

// maxFree is how many of them a file may name: all their combinations are tried. maxRead is how
// much is read for that, as a constraint may come behind a long comment.
const (
	maxFree = 8
	maxRead = 256 << 20
)

// unselected are the files of the package that no build can take in.
func (p *Package) unselected() map[string]bool {
	out := map[string]bool{}
	for _, f := range p.Files {
		if !f.Built && !f.Generated && !selectable(p.Dir, f.Name, f.Data) {
			out[f.Name] = true
		}
	}
	// What lies beside assembly may be included by it, whatever it is called.
	var beside []string
	for _, o := range p.Others {
		if foreign(o.Name) == "" || o.Dir {
			continue
		}
		if o.Built || o.Irregular != "" || !slices.Contains(constrained, filepath.Ext(o.Name)) || selectable(p.Dir, o.Name, o.Data) {
			return out
		}
		beside = append(beside, o.Name)
	}
	for _, name := range beside {
		out[name] = true
	}
	return out
}

// selectable reports whether some build can take a file in.
func selectable(dir, name string, data []byte) bool {
	var names []string
	for _, tag := range free {
		if bytes.Contains(data, []byte(tag)) {
			names = append(names, tag)
		}
	}
	for _, tag := range freeForm.FindAll(data, -1) {
		names = append(names, string(tag))
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) > maxFree || len(data)<<len(names) > maxRead {
		return true
	}
	for _, arch := range []string{"amd64", "arm64"} {
		for set := range 1 << len(names) {
			c := build.Context{GOARCH: arch, GOOS: "linux", Compiler: "gc", BuildTags: slices.Clone(overlay.PureTags)}
			for i, tag := range names {
				switch {
				case set>>i&1 == 0:
				case tag == "cgo":
					c.CgoEnabled = true
				default:
					c.BuildTags = append(c.BuildTags, tag)
				}
			}
			for minor := 1; minor <= 26; minor++ {
				c.ReleaseTags = append(c.ReleaseTags, "go1."+strconv.Itoa(minor))
			}
			c.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
			if match, err := c.MatchFile(dir, filepath.Base(name)); match || err != nil {
				return true
			}
		}
	}
	return false
}

// forgive marks the findings that are in files which no build takes in.
func (p *Package) forgive(findings []Finding) {
	var unselected map[string]bool
	for i, f := range findings {
		if !forgivable(f.Rule) || strings.TrimSpace(f.Pos.File) == "" {
			continue
		}
		if unselected == nil {
			unselected = p.unselected()
		}
		findings[i].Unselected = unselected[f.Pos.File]
	}
}
