package surface

import (
	_ "embed"
	"fmt"
	"path"
	"slices"
	"strings"
)

//go:embed corners.txt
var cornersText string

// Judgement says who keeps memory whole at a corner of the library.
type Judgement string

// The judgements, which corners.txt explains.
const (
	Any     Judgement = "any"
	Callers Judgement = "callers"
	Refused Judgement = "refused"
	Inside  Judgement = "inside"
)

// Corner is a line of corners.txt.
type Corner struct {
	Kind      string // "type" or "func"
	Judgement Judgement
	Names     []string // or patterns
	Only      []string // reasons; empty: all
	Tests     []string
	Why       string
}

// Corners returns the table of the library's corners.
func Corners() []Corner { return corners }

var corners = func() []Corner {
	c, err := parseCorners("corners.txt", cornersText)
	if err != nil {
		panic(err)
	}
	return c
}()

// Judge returns the line that decides about a corner, and which of its names it is.
// The reasons are those that the sweep has found.
func Judge(table []Corner, kind, name string, reasons []string) (line, pattern int, ok bool) {
	for i, c := range table {
		beyond := func(reason string) bool { return !slices.Contains(c.Only, reason) }
		if c.Kind != kind || len(c.Only) > 0 && slices.ContainsFunc(reasons, beyond) {
			continue
		}
		for j, p := range c.Names {
			if match, _ := path.Match(p, name); match {
				return i, j, true
			}
		}
	}
	return 0, 0, false
}

func parseCorners(file, text string) ([]Corner, error) {
	var table []Corner
	for i, line := range strings.Split(text, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		c, err := parseCorner(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
		table = append(table, c)
	}
	return table, nil
}

func parseCorner(line string) (Corner, error) {
	words, why := split(line)
	if len(words) < 3 {
		return Corner{}, fmt.Errorf("incomplete; write \"type|func JUDGEMENT NAME... -- why\"")
	}
	c := Corner{Kind: words[0], Judgement: Judgement(words[1]), Why: why}
	switch {
	case c.Kind != "type" && c.Kind != "func":
		return c, fmt.Errorf("unknown kind %q; use type or func", c.Kind)
	case !slices.Contains([]Judgement{Any, Callers, Refused, Inside}, c.Judgement):
		return c, fmt.Errorf("unknown judgement %q; use any, callers, refused or inside", c.Judgement)
	case why == "":
		return c, fmt.Errorf("nothing says why; add \"-- why\"")
	}
	for _, w := range words[2:] {
		key, value, condition := strings.Cut(w, "=")
		switch {
		case !condition:
			if _, err := path.Match(w, ""); err != nil {
				return c, fmt.Errorf("%s: %w", w, err)
			}
			c.Names = append(c.Names, w)
		case key == "only":
			c.Only = strings.Split(strings.ReplaceAll(value, "_", " "), ",")
		case key == "test":
			c.Tests = strings.Split(value, ",")
		default:
			return c, fmt.Errorf("unexpected word %q; conditions are only=WHY,WHY and test=NAME,NAME", w)
		}
	}
	return c, nil
}
