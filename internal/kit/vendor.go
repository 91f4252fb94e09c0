package kit

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/regular"
)

// vendored is a module in a vendor folder, as vendor/modules.txt has it.
type vendored struct {
	module.Version
	Replace module.Version // what stands in its place; empty for nothing, a folder has no version
	Go      string         // language version; empty if it says none
}

// vendor makes the build take modules from the module's vendor folder, if there is
// one: each becomes a replacement by its folder there. (The go command's own vendor
// mode wants vendor/modules.txt to agree with a go.mod that names the kit.) It
// returns the go.mod files that such folders lack, as they are to be in the overlay.
func (k *Kit) vendor(m *extension.Module, f *modfile.File) (map[string]string, error) {
	list := filepath.Join(m.Dir, "vendor", "modules.txt")
	data, err := regular.Read(m.Dir, "vendor/modules.txt", regular.List)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the list of vendored modules: %w", err)
	}
	modules, err := readVendored(list, string(data))
	if err != nil {
		return nil, err
	}
	there := map[string]string{}
	for _, v := range modules {
		there[v.Path] = v.Version.Version
	}
	for _, r := range f.Require {
		if version := there[r.Mod.Path]; r.Mod.Path != ModulePath && version != r.Mod.Version {
			if version == "" {
				version = "not there"
			}
			return nil, fmt.Errorf("vendor does not agree with go.mod: %s is %s in vendor/modules.txt, and %s is required; run go mod vendor",
				r.Mod.Path, version, r.Mod.Version)
		}
	}
	goMods := map[string]string{}
	k.Vendored = map[string]module.Version{}
	for _, v := range modules {
		if v.Path == ModulePath {
			continue
		}
		if v.Replace.Path != "" {
			k.Vendored[v.Path] = v.Replace
		}
		goMod := "module " + v.Path + "\n"
		if v.Go != "" {
			goMod += "\ngo " + v.Go + "\n"
		}
		goMods[v.Path+"/go.mod"] = goMod
		if err := errors.Join(
			f.AddRequire(v.Path, v.Version.Version),
			f.DropReplace(v.Path, v.Version.Version),
			f.DropReplace(v.Path, ""),
			f.AddReplace(v.Path, "", "./"+path.Join("vendor", v.Path), ""),
		); err != nil {
			return nil, fmt.Errorf("%s: %w", list, err)
		}
	}
	dir, err := Extract(k.CacheDir, "vendor", goMods, nil)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for name := range goMods {
		files[filepath.Join(m.Dir, "vendor", name)] = filepath.Join(dir, name)
	}
	return files, nil
}

// readVendored reads vendor/modules.txt: a line "# path version" begins a module, a
// line "## explicit; go 1.26" tells of it, and all others name its packages.
func readVendored(name, text string) (modules []vendored, err error) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if notes, ok := strings.CutPrefix(line, "## "); ok && len(modules) > 0 {
			for note := range strings.SplitSeq(notes, ";") {
				if v, ok := strings.CutPrefix(strings.TrimSpace(note), "go "); ok {
					modules[len(modules)-1].Go = v
				}
			}
			continue
		}
		words, ok := strings.CutPrefix(line, "# ")
		if !ok {
			continue
		}
		fields := strings.Fields(words)
		if len(fields) >= 2 && fields[1] == "=>" {
			continue // a replacement of all versions, repeated for the reader
		}
		if len(fields) < 2 || module.Check(fields[0], fields[1]) != nil {
			return nil, fmt.Errorf("%s: %q names no module; run go mod vendor", name, line)
		}
		v := vendored{Version: module.Version{Path: fields[0], Version: fields[1]}}
		if len(fields) > 2 {
			if v.Replace, err = readReplacement(fields[2:]); err != nil {
				return nil, fmt.Errorf("%s: %q: %w; run go mod vendor", name, line, err)
			}
		}
		modules = append(modules, v)
	}
	return modules, nil
}

// readReplacement reads the words "=> path version", or "=> folder".
func readReplacement(words []string) (to module.Version, err error) {
	switch {
	case len(words) == 2 && words[0] == "=>" && modfile.IsDirectoryPath(words[1]):
		to.Path = words[1]
	case len(words) == 3 && words[0] == "=>":
		to = module.Version{Path: words[1], Version: words[2]}
		err = module.Check(to.Path, to.Version)
	default:
		err = errors.New("it names no replacement")
	}
	return to, err
}
