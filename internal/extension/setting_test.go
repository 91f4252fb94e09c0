package extension

import "testing"

// TestOctal: an escape means what it means to PostgreSQL.
func TestOctal(t *testing.T) {
	for in, want := range map[string]string{
		`'\101\102'`: "AB", `'\47'`: "'", `'\7x'`: "\ax", `'\377'`: "\xff", `'\055\055'`: "--", `'\1011'`: "A1",
	} {
		if got, _, err := unquoteSetting(in); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", in, got, err, want)
		}
	}
	if _, _, err := unquoteSetting(`'\000'`); err == nil {
		t.Error("a NUL")
	}
}
