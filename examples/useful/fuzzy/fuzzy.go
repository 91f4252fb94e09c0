// Package fuzzy finds words in spite of mistakes, by an index: of each word, all that is left of it without
// one letter is kept, and two words that differ by one mistake have something of that in common.
//
//	CREATE INDEX ON words USING gin (variants(word));
//	SELECT word FROM words WHERE variants(word) && variants('serch') ORDER BY mistakes(word, 'serch');
package fuzzy

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxLetters keeps what a word takes small: this is for words, not for texts.
const maxLetters = 64

var errLong = errors.New("a word of more than 64 letters")

// Variants are a word, and what is left of it without one of its letters, in small letters.
//
//pg:function immutable parallel=safe
func Variants(word string) ([]string, error) {
	if utf8.RuneCountInString(word) > maxLetters {
		return nil, errLong
	}
	letters := []rune(strings.ToLower(word))
	all := []string{string(letters)}
	for i := range letters {
		all = append(all, string(slices.Delete(slices.Clone(letters), i, i+1)))
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// Mistakes is how many letters have to be put in, taken out, replaced, or swapped with the next one,
// to make one word of another.
//
//pg:function immutable parallel=safe
func Mistakes(a, b string) (int32, error) {
	if utf8.RuneCountInString(a) > maxLetters || utf8.RuneCountInString(b) > maxLetters {
		return 0, errLong
	}
	from, to := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	rows := make([][]int32, len(from)+1)
	for i := range rows {
		rows[i] = make([]int32, len(to)+1)
		rows[i][0] = int32(i)
	}
	for j := range rows[0] {
		rows[0][j] = int32(j)
	}
	for i := 1; i <= len(from); i++ {
		for j := 1; j <= len(to); j++ {
			differ := int32(1)
			if from[i-1] == to[j-1] {
				differ = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+differ)
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(from)][len(to)], nil
}
