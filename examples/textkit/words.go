package textkit

import (
	"encoding/json"
	"strings"
	"unicode"
)

// WordCounts counts the words of a text and returns them as a JSON object. Case
// does not matter; an apostrophe or a hyphen inside a word belongs to it.
//
//pg:function immutable parallel=safe cost=50
func WordCounts(text string) (string, error) {
	counts := map[string]int{}
	apart := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\'' && r != '’' && r != '-'
	}
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), apart) {
		if word = strings.Trim(word, "'’-"); word != "" {
			counts[word]++
		}
	}
	object, err := json.Marshal(counts)
	return string(object), err
}

// Excerpt shortens a text to at most so many characters, at the end of a word
// where there is one, and marks the cut with an ellipsis. White space is
// collapsed.
//
//pg:function immutable parallel=safe
func Excerpt(text string, limit int32) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if limit < 1 {
		return ""
	}
	if len(runes) <= int(limit) {
		return string(runes)
	}
	cut := runes[:limit-1]
	if !unicode.IsSpace(runes[limit-1]) {
		for i := len(cut) - 1; i > 0; i-- {
			if unicode.IsSpace(cut[i]) {
				cut = cut[:i]
				break
			}
		}
	}
	return strings.TrimRight(string(cut), " ,;:.-") + "…"
}
