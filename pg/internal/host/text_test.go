package host

import (
	"strings"
	"testing"
	"unicode/utf8"
)

var texts = []string{
	"", "a", "\x00", "\x7f", "\x80", "1234567", "12345678", "123456789", "1234567\x00", "12345678\x00",
	"ä", "grün und größe", "\u20ac", "\U0001F600", "\xff", "abcdefgh\xff", "abcdefg\xc3", "\xed\xa0\x80",
	"a\ufffdb", strings.Repeat("x", 100), strings.Repeat("ü", 50) + "\x00", strings.Repeat("x", 99) + "\xc3",
	"\x01\x01\x01\x01\x01\x01\x01\x01", "\x01\x00\x01\x01\x01\x01\x01\x01", "\x80\x81\x82\x83\x84\x85\x86\x87",
}

func TestValidText(t *testing.T) {
	for _, s := range texts {
		checkText(t, s)
	}
	// Each place of each length that the loops come to in their own way.
	for n := 1; n <= 80; n++ {
		for i := range n {
			for _, c := range []byte{0, 1, 0x7f, 0x80, 0xff} {
				checkText(t, strings.Repeat("x", i)+string([]byte{c})+strings.Repeat("y", n-i-1))
			}
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range texts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkText(t, s) })
}

func checkText(t *testing.T, s string) {
	t.Helper()
	want := utf8.ValidString(s) && !strings.Contains(s, "\x00")
	if got := ValidText(s); got != want {
		t.Fatalf("ValidText(%q) = %v", s, got)
	}
	at := FirstInvalid(s)
	if (at < 0) != want {
		t.Fatalf("FirstInvalid(%q) = %d", s, at)
	}
	if at >= 0 && (!ValidText(s[:at]) || s[at] != 0 && s[at] < utf8.RuneSelf) {
		t.Fatalf("FirstInvalid(%q) = %d, which is not the first", s, at)
	}
	clean := Clean(s)
	if !ValidText(clean) || want && clean != s {
		t.Fatalf("Clean(%q) = %q", s, clean)
	}
	if utf8.RuneCountInString(clean) != utf8.RuneCountInString(s) {
		t.Fatalf("Clean(%q) = %q, of another length", s, clean)
	}
}

func BenchmarkValidText100(b *testing.B) {
	for name, s := range map[string]string{"ascii": strings.Repeat("x", 100), "latin": strings.Repeat("ü", 50)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				ValidText(s)
			}
		})
	}
}
