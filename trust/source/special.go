package source

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxSpecial is how many names are looked at in a folder: one that go.mod names can be the
// root of all.
const maxSpecial = 200_000

// Special finds Go files of modules that are no files: pipes, devices and sockets,
// and links to them. The go command would open them, and perhaps never come back, so
// this is done before it runs. The folders are the module's and those of its replacements.
func Special(dirs ...string) []Finding {
	var findings []Finding
	dirs = slices.Sorted(slices.Values(dirs))
	for i, dir := range dirs {
		// Wherever go.mod leads, and however much lies before it: these are opened for sure.
		for _, name := range []string{"go.mod", "go.sum"} {
			findings = append(findings, notRegular(filepath.Join(dir, name))...)
		}
		if i == 0 || !inside(dirs[i-1], dir) {
			findings = append(findings, special(dir)...)
		}
	}
	return sortFindings(findings)
}

func special(dir string) (findings []Finding) {
	seen := 0
	// What cannot be read here, the go command complains of.
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		seen++
		switch {
		case seen > maxSpecial:
			return filepath.SkipAll
		case err != nil:
			return nil
		case d.IsDir():
			if d.Name() == ".git" {
				return filepath.SkipDir
			}
			return nil
		case d.Type().IsRegular():
			return nil
		}
		if base := d.Name(); base == "go.mod" || base == "go.sum" || strings.HasSuffix(base, ".go") || foreign(base) != "" {
			findings = append(findings, notRegular(name)...)
		}
		return nil
	})
	return findings
}

// notRegular is what there is to say of a file that, links followed, is none.
func notRegular(name string) []Finding {
	info, err := os.Stat(name)
	if err != nil || info.Mode().IsRegular() || info.IsDir() {
		return nil
	}
	return []Finding{{
		Rule: "irregular-file", Pos: Position{File: name},
		Message: irregularType(info.Mode().Type()) + " in the place of a source file or folder",
	}}
}
