package target

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/regular"
	"github.com/pgstd/pgstd/trust/provenance"
)

// place puts the parts of an extension into the output folder. What stands there and is not of
// pgbuild's making is never written over: the author's own control file is completed, anything
// else is an error.
func (r *Request) place(p *extension.Package, pg *pgconfig.Config, module []byte, dir string) (*Extension, error) {
	e := &Extension{
		Name:     p.Name,
		Version:  p.Control.DefaultVersion,
		Module:   filepath.Join(dir, p.Control.Module+".so"),
		Control:  filepath.Join(dir, p.Name+".control"),
		SQL:      filepath.Join(dir, p.Name+"--"+p.Control.DefaultVersion+".sql"),
		Package:  p,
		Postgres: pg,
	}
	files := []atomicfile.File{{Path: e.Module, Data: module, Perm: 0o644}, {Path: e.SQL, Data: p.SQL(), Perm: 0o644}}
	for _, f := range files {
		if err := checkOurs(f.Path); err != nil {
			return nil, err
		}
	}
	control, err := r.control(p, e.Control, dir == p.Dir)
	if err != nil {
		return nil, err
	}
	if control != nil {
		files = append(files, atomicfile.File{Path: e.Control, Data: control, Perm: 0o644})
	}
	for _, u := range p.Upgrades {
		path := filepath.Join(dir, u.Name)
		e.Upgrades = append(e.Upgrades, path)
		if dir != p.Dir {
			files = append(files, atomicfile.File{Path: path, Data: u.Text, Perm: 0o644})
		}
	}
	if err := atomicfile.WriteAll(files...); err != nil {
		return nil, fmt.Errorf("writing the extension: %w", err)
	}
	return e, nil
}

// control returns the control file to write, or nil if the one that is there stays. The
// author's own, beside the source, is kept as it is, but for settings without which a server
// could not use it.
func (r *Request) control(p *extension.Package, path string, own bool) ([]byte, error) {
	data, err := regular.Read(filepath.Dir(path), filepath.Base(path), regular.Text)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return p.ControlFile(), nil
	case err != nil:
		return nil, fmt.Errorf("the control file: %w", err)
	case bytes.Contains(data, []byte(extension.Generated)) && !own:
		return p.ControlFile(), nil
	case !own:
		return nil, notOurs(path)
	}
	completed, added := p.CompleteControl(data)
	if len(added) == 0 {
		return nil, nil
	}
	r.warn(fmt.Sprintf("%s has no %s, without which a server cannot use it; added at its end", path, strings.Join(added, ", ")))
	return completed, nil
}

// checkOurs reports a file in the place of a result that pgbuild has not made.
func checkOurs(path string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	data, err := regular.Read(filepath.Dir(path), filepath.Base(path), regular.Object)
	if err != nil {
		return fmt.Errorf("the place of a result: %w", err)
	}
	if filepath.Ext(path) == ".so" {
		if f, err := elf.NewFile(bytes.NewReader(data)); err == nil && f.Section(provenance.Section) != nil {
			return nil
		}
	} else if head, _, _ := bytes.Cut(data, []byte("\n")); bytes.Contains(head, []byte(extension.Generated)) {
		return nil
	}
	return notOurs(path)
}

func notOurs(path string) error {
	hint := "move it away, or write elsewhere with -o"
	if filepath.Ext(path) == ".sql" {
		hint = "put SQL of your own into the folder sql, or above a constant with //pg:sql, and move the file away, or write elsewhere with -o"
	}
	return fmt.Errorf("%s would be written over, and pgbuild has not made it; %s", path, hint)
}

// warn says what deserves attention but is no error.
func (r *Request) warn(message string) {
	if r.Warn != nil {
		r.Warn(message)
	}
}
