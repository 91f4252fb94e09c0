// Package textdiff compares texts line by line.
package textdiff

import (
	"errors"
	"iter"
	"slices"
	"strings"
)

// Line is a line of two texts: with " " of both, with "-" of the old one, with "+" of the new one.
type Line struct {
	Mark string
	Old  *int32 // its number in the old text
	New  *int32
	Line string
}

// maxLines keeps what a comparison takes within some 100 MB.
const maxLines = 5000

// Diff returns the lines of two texts, with what was taken out and put in.
//
//pg:function immutable parallel=safe name=text_diff
func Diff(before, after string) (iter.Seq[Line], error) {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	if len(a) > maxLines || len(b) > maxLines {
		return nil, errors.New("texts of more than 5000 lines are too long to compare")
	}
	return slices.Values(compare(a, b)), nil
}

// compare finds a longest common subsequence, by its length from each pair of lines on.
func compare(a, b []string) []Line {
	common := make([][]int32, len(a)+1)
	for i := range common {
		common[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var lines []Line
	number := func(i int) *int32 { n := int32(i) + 1; return &n }
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			lines = append(lines, Line{" ", number(i), number(j), a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			lines = append(lines, Line{"-", number(i), nil, a[i]})
			i++
		default:
			lines = append(lines, Line{"+", nil, number(j), b[j]})
			j++
		}
	}
	return lines
}
