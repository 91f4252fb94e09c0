package source

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Special finds Go files of a module that are no files: pipes, devices and sockets,
// and links to them. The go command would open them, and perhaps never come back, so
// this is done before it runs.
func Special(moduleDir string) []Finding {
	var findings []Finding
	// What cannot be read here, the go command complains of.
	_ = filepath.WalkDir(moduleDir, func(name string, d fs.DirEntry, err error) error {
		switch {
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
	return sortFindings(findings)
}
