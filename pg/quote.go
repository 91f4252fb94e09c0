package pg

import "strings"

// QuoteIdent makes a name safe to stand in a statement, in double quotes; several are
// joined by dots: QuoteIdent("public", "Orders") is "public"."Orders". A name that holds
// a NUL, which no name can, ends there.
func QuoteIdent(name string, more ...string) string {
	var b strings.Builder
	quoteTo(&b, name, '"')
	for _, name := range more {
		b.WriteByte('.')
		quoteTo(&b, name, '"')
	}
	return b.String()
}

// QuoteLiteral makes a text safe to stand in a statement as a constant, whatever
// standard_conforming_strings says. A parameter is better, wherever one can stand. A
// text that holds a NUL, which no text in SQL can, ends there.
func QuoteLiteral(text string) string {
	var b strings.Builder
	if strings.IndexByte(text, '\\') >= 0 {
		b.WriteString(" E")
		text = strings.ReplaceAll(text, "\\", "\\\\")
	}
	quoteTo(&b, text, '\'')
	return b.String()
}

func quoteTo(b *strings.Builder, s string, quote byte) {
	s, _, _ = strings.Cut(s, "\x00")
	b.WriteByte(quote)
	for i := 0; i < len(s); i++ {
		if s[i] == quote {
			b.WriteByte(quote)
		}
		b.WriteByte(s[i])
	}
	b.WriteByte(quote)
}
