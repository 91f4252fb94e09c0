package arm64

import (
	"os"
	"path/filepath"
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

// A system that is closed leaves nothing behind but the cached folder; the lock is
// free, and the next process removes what one that was killed has left.
func TestCloseLeavesNothing(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	make := func() *System {
		base, err := sharedFolder(root)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(base, "file"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(root, base, "file")); err != nil {
			t.Errorf("the folder has another name inside: %v", err)
		}
		return &System{Root: root, Base: base}
	}
	gone := func(s System, what string) {
		for _, name := range []string{s.Base, filepath.Join(root, s.Base)} {
			if _, err := os.Lstat(name); !os.IsNotExist(err) {
				t.Errorf("%s: %s is there (%v)", what, name, err)
			}
		}
	}
	s := make()
	before := *s
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	gone(before, "closed")
	if err := s.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	killed := make()
	killed.removeAbandoned()
	gone(*killed, "abandoned")
}
