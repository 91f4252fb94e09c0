// Package coverage collects which statements have run, in lines of a profile of Go's.
package coverage

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/cover"
)

// line is one of a profile: a file by import path and name, a block, its statements, how often it ran.
var line = regexp.MustCompile(`(?m)^[^\s:]+:[0-9]+\.[0-9]+,[0-9]+\.[0-9]+ [0-9]+ [0-9]+$`)

// Profile is what has been collected. The zero value is none.
type Profile struct{ blocks map[string]bool } // "file:block statements", and whether it has run

// Add adds what the lines of a text say; others it passes by.
func (p *Profile) Add(text string) {
	if p.blocks == nil {
		p.blocks = map[string]bool{}
	}
	for _, l := range line.FindAllString(text, -1) {
		at := strings.LastIndexByte(l, ' ')
		p.blocks[l[:at]] = p.blocks[l[:at]] || l[at+1:] != "0"
	}
}

// String is the profile as "go tool cover" takes it.
func (p *Profile) String() string {
	var lines []string
	for block, ran := range p.blocks {
		n := 0
		if ran {
			n = 1
		}
		lines = append(lines, fmt.Sprintf("%s %d\n", block, n))
	}
	slices.Sort(lines)
	return "mode: set\n" + strings.Join(lines, "")
}

// File is what is known of one file.
type File struct {
	Name    string // import path and name
	Ran, Of int    // statements
	Parts   []Part // of its text; empty: it cannot be read
}

// Part is a piece of a file, of which is known whether it ran, or that nothing has to run in it.
type Part struct {
	Text  string
	Class string // ran, not or empty
}

// Files are the files, with their texts from where sources says that they are.
func (p *Profile) Files(sources map[string]string) ([]*File, error) {
	profiles, err := cover.ParseProfilesFromReader(strings.NewReader(p.String()))
	if err != nil {
		return nil, err
	}
	var files []*File
	for _, one := range profiles {
		f := &File{Name: one.FileName}
		for _, b := range one.Blocks {
			f.Of += b.NumStmt
			if b.Count > 0 {
				f.Ran += b.NumStmt
			}
		}
		if text, err := os.ReadFile(sources[one.FileName]); err == nil {
			f.Parts = parts(string(text), one.Boundaries(text))
		}
		files = append(files, f)
	}
	return files, nil
}

// parts cuts a text where blocks begin and end.
func parts(text string, boundaries []cover.Boundary) []Part {
	var all []Part
	var inside []string
	at := 0
	for _, b := range boundaries {
		if b.Offset > at {
			class := ""
			if len(inside) > 0 {
				class = inside[len(inside)-1]
			}
			all = append(all, Part{text[at:b.Offset], class})
			at = b.Offset
		}
		switch {
		case !b.Start:
			inside = inside[:max(len(inside)-1, 0)]
		case b.Count > 0:
			inside = append(inside, "ran")
		default:
			inside = append(inside, "not")
		}
	}
	return append(all, Part{text[at:], ""})
}

// Percent is the part of the statements that ran.
func Percent(files ...*File) float64 {
	ran, of := 0, 0
	for _, f := range files {
		ran, of = ran+f.Ran, of+f.Of
	}
	if of == 0 {
		return 0
	}
	return 100 * float64(ran) / float64(of)
}
