package arm64

import (
	"strings"
	"testing"
)

func TestServes(t *testing.T) {
	const good = "enabled\ninterpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P\nflags: POF\noffset 0\n" +
		"magic 7f454c460201010000000000000000000200b700\nmask ffffffffffffff00fffffffffffffffffeffffff\n"
	for _, test := range []struct {
		entry string
		want  bool
	}{
		{good, true},
		{strings.Replace(good, "enabled", "disabled", 1), false},
		{strings.Replace(good, "POF", "PO", 1), false},
		{strings.Replace(good, "b700", "2800", 1), false}, // arm
		{"enabled\n", false}, // "status"
		{"", false},
	} {
		if got := serves(test.entry); got != test.want {
			t.Errorf("%q: %v", test.entry, got)
		}
	}
}

// The kernel wants the bytes of a rule escaped.
func TestEscape(t *testing.T) {
	if got := escape("\x7fE\x00"); got != `\x7f\x45\x00` {
		t.Error(got)
	}
}
