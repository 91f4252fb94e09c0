package source

import (
	"errors"
	"fmt"
	"go/parser"
	"go/scanner"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

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
		if p.Module != nil {
			f.Module, f.Version = p.Module.Path, p.Module.Version
		}
		return f
	}
	if len(entries) > maxFolder {
		return refuse(p.Dir, "a folder of %d files; at most %d can be checked", len(entries), maxFolder), nil
	}
	for _, e := range entries {
		short := e.Name()
		name := filepath.Join(p.Dir, short)
		isGo := strings.HasSuffix(short, ".go") && !strings.HasPrefix(short, "_") && !strings.HasPrefix(short, ".") && !strings.HasSuffix(short, "_test.go")
		if !isGo || !e.Type().IsRegular() {
			o := Other{Name: name, Dir: e.IsDir()}
			if isGo || foreign(short) != "" {
				o.Irregular = irregularType(e.Type())
			}
			if !strings.HasSuffix(short, ".go") || isGo {
				p.Others = append(p.Others, o)
			}
			continue
		}
		data, err := readLimited(name, min(maxFile, *budget))
		if errors.Is(err, errTooBig) {
			return refuse(name, "too much source: a file may have %d MB, a build %d MB in all", maxFile>>20, maxBuild>>20), nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading source: %w", err)
		}
		*budget -= int64(len(data))
		p.Files = append(p.Files, &File{Name: name, Data: data, Built: slices.Contains(built, short)})
	}
	return nil, nil
}

var errTooBig = errors.New("too big")

// readLimited reads a regular file, without following a link that has taken its
// place meanwhile.
func readLimited(name string, limit int64) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, errTooBig
	}
	data := make([]byte, info.Size())
	n, err := f.ReadAt(data, 0)
	if n < len(data) {
		return nil, fmt.Errorf("%s has become shorter while it was read: %w", name, err)
	}
	return data, nil
}

// parse fills in the syntax trees.
func (p *Package) parse() {
	for _, f := range p.Files {
		if f.Syntax == nil && f.Err == nil {
			// Object resolution is what rule constant-size follows names by.
			f.Syntax, f.Err = parser.ParseFile(p.Fset, f.Name, f.Data, parser.ParseComments)
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
