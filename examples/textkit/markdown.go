package textkit

import (
	"html"
	"regexp"
	"strconv"
	"strings"
)

// markdown lists what is markup, in the order in which it has to go: a line's
// beginning before the marks inside it, images before links.
var markdown = []struct {
	markup *regexp.Regexp
	text   string
}{
	{regexp.MustCompile("(?m)^ {0,3}(```|~~~).*\n?"), ""},                 // fences, not what they hold
	{regexp.MustCompile(`(?m)^ {0,3}(?:[-*_][ \t]*){3,}$\n?`), ""},        // rules
	{regexp.MustCompile(`(?m)^ {0,3}(?:=+|-+)[ \t]*$\n?`), ""},            // underlined headings
	{regexp.MustCompile(`(?m)^ {0,3}\[[^\]\n]+\]:[^\n]*\n?`), ""},         // link definitions
	{regexp.MustCompile(`(?m)^(?: {0,3}>[ \t]?)+`), ""},                   // quotations
	{regexp.MustCompile(`(?m)^ {0,3}#{1,6}(?:[ \t]+|$)`), ""},             // headings
	{regexp.MustCompile(`(?m)[ \t]+#+[ \t]*$`), ""},                       // closed headings
	{regexp.MustCompile(`(?m)^[ \t]*(?:[-*+]|[0-9]{1,9}[.)])[ \t]+`), ""}, // list items
	{regexp.MustCompile(`<((?:https?|mailto):[^<>\s]+)>`), "$1"},          // bare links
	{regexp.MustCompile(`(?s)<!--.*?-->|</?[a-zA-Z][^<>]*>`), ""},         // HTML
	{regexp.MustCompile(`!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])`), "$1"},
	{regexp.MustCompile("`+([^`]+)`+"), "$1"},
	{regexp.MustCompile(`\*{1,3}([^\s*](?:[^*]*[^\s*])?)\*{1,3}`), "$1"},
	{regexp.MustCompile(`\b_{1,3}([^\s_](?:[^_]*[^\s_])?)_{1,3}\b`), "$1"},
	{regexp.MustCompile(`~~([^~]+)~~`), "$1"},
	{regexp.MustCompile(`\n{3,}`), "\n\n"},
}

// escaped is punctuation that is no markup.
var escaped = regexp.MustCompile("\\\\[!-/:-@\\[-`{-~]")

// StripMarkdown returns the text of a Markdown document without its markup. Code
// stays, links and images leave their text.
//
//pg:function immutable parallel=safe cost=100
func StripMarkdown(document string) string {
	text := strings.ReplaceAll(document, "\r\n", "\n")
	// As a character reference it survives until all markup is gone.
	text = escaped.ReplaceAllStringFunc(text, func(pair string) string { return "&#" + strconv.Itoa(int(pair[1])) + ";" })
	for _, m := range markdown {
		text = m.markup.ReplaceAllString(text, m.text)
	}
	return strings.TrimSpace(html.UnescapeString(text))
}
