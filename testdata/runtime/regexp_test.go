package runtimetest

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestRegexpPlaces compares the places that are found in strings and in bytes, where those that no
// match begins at are passed over, with those in a reader, which is read rune by rune.
func TestRegexpPlaces(t *testing.T) {
	inputs := []string{
		strings.Repeat("ab", 40_000) + "é--\xff-", // for the backtracker it is too long
		"", "a", "-", "aaaa--bb-", "-a", strings.Repeat("a", 70) + "?", "é-", "aé", "日本 語", "\x00\x7f\x80", "a\xff-\xffZ@[`{~",
	}
	for _, c := range []byte("\x00\x01/09:?@AKZ[`akz{\x7f\x80\xc3\xff") {
		inputs = append(inputs, "mm"+string([]byte{c})+"m")
	}
	for _, pattern := range []string{
		`[^a-z0-9]+`, `[a-z0-9]`, `([^a-z])(.)`, `[\x00-\x3f]+`, `[\x3f-\x40]`, `[\x40-\x7f]x?`, `[^\x00-\x7f]`, `\W+?$`, `[^m]`,
		`[[:^ascii:]]|[?]`, `(?i)[k]`, `(?i)[kx]`, `[é-ü]`, `\pL`, `(?:[?Z]|[@é])m`, `[?]*`, `(?s).`, `\b[^a]`, `[0-9]{2,}`,
		`[^a-z0-9]`, `[^a-z0-9]+?`, `(?U)[^a-z0-9]+`, `[^a-z]+$`, `([^a-z]+)`, `(x){0}[^a-z]+`, `(?:[^a-z])+`, `[^a-z]{2}`, `[^a-z]{2,}`, `[^a-z]*`, `[^a-z]?`,
		`[^a-z][-?]`, `[é-ü]+`, `\s+`, `\W`, `[^é]+`, `[\x{fffd}-]+`,
	} {
		re := regexp.MustCompile(pattern)
		longest := regexp.MustCompile(pattern)
		longest.Longest()
		for _, input := range inputs {
			for _, re := range []*regexp.Regexp{re, longest} {
				want := re.FindReaderSubmatchIndex(strings.NewReader(input))
				if got := re.FindStringSubmatchIndex(input); !slices.Equal(got, want) {
					t.Fatalf("%s in %q is at %v, in a reader at %v", pattern, input, got, want)
				}
				if got := re.FindSubmatchIndex([]byte(input)); !slices.Equal(got, want) {
					t.Fatalf("%s in the bytes %q is at %v, in a reader at %v", pattern, input, got, want)
				}
			}
			// What is between the matches and in them is all there is.
			if got := re.ReplaceAllStringFunc(input, func(s string) string { return s }); got != input {
				t.Fatalf("%s makes %q of %q", pattern, got, input)
			}
		}
	}
}
