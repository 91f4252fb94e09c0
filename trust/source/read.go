package source

import (
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/scanner"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/regular"
	"golang.org/x/mod/modfile"
)

// Limits of rule "size".
const (
	maxFile   = 32 << 20
	maxBuild  = 256 << 20
	maxFolder = 20_000
)

// readFolder reads what lies in a package's folder. built are the names of the Go
// files that the build selects. It reads no more than budget bytes and returns
// why it stopped, if it did.
func (p *Package) readFolder(built []string, budget *int64) (tooBig *Finding, err error) {
	if p.Module != nil && p.Module.Dir != "" {
		if why := linked(p.Module.Dir, p.Dir); why != "" {
			p.Others = append(p.Others, Other{Name: p.Dir, Irregular: why, Dir: true})
		}
	}
	entries, err := os.ReadDir(p.Dir)
	if err != nil {
		return nil, fmt.Errorf("reading a package's folder: %w", err)
	}
	refuse := func(name, format string, args ...any) *Finding {
		f := &Finding{Rule: "size", Pos: Position{File: name}, Message: fmt.Sprintf(format, args...), Package: p.Path}
		f.of(p.Module)
		return f
	}
	if len(entries) > maxFolder {
		return refuse(p.Dir, "a folder of %d files; at most %d can be checked", len(entries), maxFolder), nil
	}
	p.stamps = map[string]regular.Stamp{}
	for _, e := range entries {
		short := e.Name()
		name := filepath.Join(p.Dir, short)
		code := isSource(short)
		if !code || !e.Type().IsRegular() {
			o := Other{Name: name, Dir: e.IsDir()}
			if code || foreign(short) != "" {
				o.Irregular = irregularType(e.Type())
			}
			if foreign(short) != "" && e.Type().IsRegular() {
				o.Built = slices.Contains(built, short)
				if o.Data, err = p.readFile(short, budget); err != nil {
					return tooLarge(err, refuse, name)
				}
			}
			if !strings.HasSuffix(short, ".go") || code {
				p.Others = append(p.Others, o)
			}
			continue
		}
		data, err := p.readFile(short, budget)
		if err != nil {
			return tooLarge(err, refuse, name)
		}
		p.Files = append(p.Files, &File{Name: name, Data: data, Built: slices.Contains(built, short)})
	}
	return nil, nil
}

// isSource reports whether a file is one that a build could select as Go.
func isSource(name string) bool {
	return strings.HasSuffix(name, ".go") && !strings.HasPrefix(name, "_") && !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, "_test.go")
}

// readFile reads a file of the folder and keeps its stamp.
func (p *Package) readFile(name string, budget *int64) ([]byte, error) {
	f, err := regular.Open(p.Dir, name, min(maxFile, *budget))
	if err != nil {
		return nil, err
	}
	data, err := f.ReadAll()
	if err == nil {
		*budget -= int64(len(data))
		p.stamps[name] = regular.StampOf(f.Info)
	}
	return data, err
}

func tooLarge(err error, refuse func(name, format string, args ...any) *Finding, name string) (*Finding, error) {
	if large := (*regular.Error)(nil); errors.As(err, &large) && large.TooLarge {
		return refuse(name, "too much source: a file may have %d MB, a build %d MB in all", maxFile>>20, maxBuild>>20), nil
	}
	return nil, fmt.Errorf("reading source: %w", err)
}

// readEmbeds hashes what go:embed takes in.
func (p *Package) readEmbeds(ctx context.Context, names []string, budget *int64) *Finding {
	for _, name := range names {
		e := Embed{Name: name, Pos: p.embedPosition(name), Irregular: irregular(p.Module.Dir, filepath.Join(p.Dir, filepath.FromSlash(name)))}
		if e.Irregular == "" {
			digest, stamp, err := regular.Digest(p.Dir, name, *budget)
			if large := (*regular.Error)(nil); errors.As(err, &large) && large.TooLarge || ctx.Err() != nil {
				f := &Finding{Rule: "size", Pos: e.Pos, Package: p.Path, Message: fmt.Sprintf("too much to embed: all files of a build may have %d MB", maxBuild>>20)}
				f.of(p.Module)
				return f
			}
			if err != nil {
				e.Irregular = "cannot be read"
			}
			e.Digest = digest
			p.stamps[filepath.ToSlash(name)] = stamp
			*budget -= stamp.Size()
		}
		p.Embeds = append(p.Embeds, e)
	}
	return nil
}

// parse fills in the syntax trees.
func (p *Package) parse() {
	for _, f := range p.Files {
		if f.Syntax == nil && f.Err == nil {
			// Object resolution is what rule constant-size follows names by.
			f.Syntax, f.Err = parser.ParseFile(p.Fset, f.Name, f.Data, parser.ParseComments)
			if f.Syntax != nil {
				f.Syntax.GoVersion = knownVersion(f.Syntax.GoVersion)
			}
		}
	}
}

// linked says why a path is not one that leads from root through folders alone.
func linked(root, path string) string {
	rel, err := filepath.Rel(root, path)
	if err != nil || !inside(root, path) {
		return "outside of the module"
	}
	at := root
	for part := range strings.SplitSeq(rel, string(filepath.Separator)) {
		at = filepath.Join(at, part)
		info, err := os.Lstat(at)
		if err != nil {
			return "cannot be looked at"
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return "symbolic link"
		}
	}
	return ""
}

// irregular says why a path is not a regular file reached from root through folders.
func irregular(root, path string) string {
	if why := linked(root, path); why != "" {
		return why
	}
	info, err := os.Lstat(path)
	if err != nil {
		return "cannot be looked at"
	}
	return irregularType(info.Mode().Type())
}

func irregularType(t fs.FileMode) string {
	switch {
	case t.IsRegular():
		return ""
	case t&fs.ModeSymlink != 0:
		return "symbolic link"
	case t.IsDir():
		return "folder"
	case t&fs.ModeNamedPipe != 0:
		return "named pipe"
	case t&fs.ModeSocket != 0:
		return "socket"
	}
	return "device"
}

// position takes the place out of an error of a parser.
func position(err error, name string) (Position, string) {
	if list := (scanner.ErrorList)(nil); errors.As(err, &list) && len(list) > 0 {
		// The list's positions heed //line, which moves nothing but the file and the
		// line that are printed; the offset is the file's own.
		return Position{name, list[0].Pos.Line, list[0].Pos.Column}, list[0].Msg
	}
	if list := (modfile.ErrorList)(nil); errors.As(err, &list) && len(list) > 0 {
		e := list[0]
		return Position{name, e.Pos.Line, e.Pos.LineRune}, e.Err.Error()
	}
	return Position{File: name}, err.Error()
}
