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
		info, err := os.Stat(name)
		isModule := d.Name() == "go.mod" || d.Name() == "go.sum"
		if err == nil && !info.Mode().IsRegular() && !info.IsDir() && (isModule || strings.HasSuffix(name, ".go") || foreign(name) != "") {
			findings = append(findings, Finding{
				Rule: "irregular-file", Pos: Position{File: name},
				Message: irregularType(info.Mode().Type()) + " in the place of a source file or folder",
			})
		}
		return nil
	})
	return findings
}
