// Package packaging makes packages of a built extension: archives and packages of
// distributions, with what says where they come from. The same input makes the same bytes.
//
// It knows no builds: package main hands it files.
package packaging

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pgstd/pgstd/trust/provenance"
)

// Extension is an extension as it was built for one major and one architecture.
type Extension struct {
	Name       string // in SQL
	Version    string
	Comment    string
	License    string // as SPDX has it; empty: nobody has said
	Maintainer string // as in "Ann <ann@example.org>"
	Homepage   string
	Major      int    // of PostgreSQL
	GOARCH     string // amd64 or arm64
	Files      []File
	Provenance *provenance.Record // of the module
	Time       time.Time          // of everything in a package; see Time
}

// File is one that belongs to the extension.
type File struct {
	Name string // without a folder
	Data []byte
}

// isModule reports whether a file goes where the server looks for modules; a signature
// goes beside what it signs.
func (f *File) isModule() bool {
	return path.Ext(strings.TrimSuffix(f.Name, ".minisig")) == ".so"
}

// placed is a file with its path in an installation, without a slash before it.
type placed struct {
	path string
	data []byte
}

// place says where files are in an installation, in order.
func (e *Extension) place(lib, share string, more ...placed) []placed {
	var files []placed
	for _, f := range e.Files {
		dir := path.Join(share, "extension")
		if f.isModule() {
			dir = lib
		}
		files = append(files, placed{path.Join(dir, f.Name), f.Data})
	}
	files = append(files, more...)
	slices.SortFunc(files, func(a, b placed) int { return cmp.Compare(a.path, b.path) })
	return files
}

// folders are all that files lie in, outer ones first.
func folders(files []placed) []string {
	var all []string
	for _, f := range files {
		for dir := path.Dir(f.path); dir != "."; dir = path.Dir(dir) {
			all = append(all, dir)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// title is the comment as one line.
func (e *Extension) title() string {
	return strings.Join(strings.Fields(cmp.Or(e.Comment, "PostgreSQL extension "+e.Name)), " ")
}

func (e *Extension) license() string { return cmp.Or(e.License, "NOASSERTION") }

// EpochVariable says when everything in a package was made, in seconds since 1970, as
// reproducible-builds.org has it.
const EpochVariable = "SOURCE_DATE_EPOCH"

// Time is what SOURCE_DATE_EPOCH says, or the beginning of 1980, from which on all formats
// can tell.
func Time() (time.Time, error) {
	value := os.Getenv(EpochVariable)
	if value == "" {
		return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), nil
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<32-1 {
		return time.Time{}, fmt.Errorf("%s=%s is no number of seconds since 1970", EpochVariable, value)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// Artifact is a package that has been made.
type Artifact struct {
	Name string // of its file
	Data []byte
}

// notInName is what names and versions of packages cannot have.
var notInName = regexp.MustCompile(`[^a-z0-9.+-]+`)

// plainName is the extension's name as distributions have it.
func (e *Extension) plainName() string {
	return strings.Trim(notInName.ReplaceAllString(strings.ToLower(e.Name), "-"), "-")
}

// notInVersion is what neither dpkg nor rpm has in a version.
var notInVersion = regexp.MustCompile(`[^A-Za-z0-9.+~]+`)

// plainVersion is the version as distributions have it: it begins with a digit.
func (e *Extension) plainVersion() string {
	v := notInVersion.ReplaceAllString(e.Version, "~")
	if v == "" || v[0] < '0' || v[0] > '9' {
		v = "0." + v
	}
	return v
}

// Base is what names of files begin with.
func (e *Extension) Base() string {
	return fmt.Sprintf("%s-%s-pg%d-linux-%s", e.plainName(), e.plainVersion(), e.Major, e.GOARCH)
}
