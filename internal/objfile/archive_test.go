package objfile

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// archive makes a Unix archive of name, content pairs.
func archive(members ...string) []byte {
	var b bytes.Buffer
	b.WriteString(archiveMagic)
	for i := 0; i < len(members); i += 2 {
		fmt.Fprintf(&b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", members[i], 0, 0, 0, 0o644, len(members[i+1]))
		b.WriteString(members[i+1])
		if len(members[i+1])%2 == 1 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

func TestMember(t *testing.T) {
	a := archive("__.SYMDEF", "odd", "go.o/", "the object", "empty.o", "", "last.o", "x")
	for name, want := range map[string]string{"__.SYMDEF": "odd", "go.o": "the object", "empty.o": "", "last.o": "x"} {
		if got, err := Member(a, name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := Member(bytes.TrimSuffix(a, []byte("\n")), "last.o"); err != nil || string(got) != "x" {
		t.Errorf("without the last padding: %q, %v", got, err)
	}
}

func TestMemberErrors(t *testing.T) {
	good := archive("go.o", "the object")
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":         {nil, "not an archive"},
		"other file":      {[]byte("\x7fELF and so on"), "not an archive"},
		"empty archive":   {[]byte(archiveMagic), "no member go.o in the archive"},
		"no such member":  {archive("a.o", "a"), "no member go.o in the archive"},
		"cut in header":   {good[:40], "no member go.o in the archive"},
		"cut in member":   {good[:len(good)-3], "damaged archive header"},
		"size no number":  {bytes.Replace(good, []byte("10        `"), []byte("ten       `"), 1), "damaged archive header"},
		"negative size":   {bytes.Replace(good, []byte("10        `"), []byte("-1        `"), 1), "damaged archive header"},
		"no end of line":  {bytes.Replace(good, []byte("`\n"), []byte("..."[:2]), 1), "damaged archive header"},
		"size beyond all": {bytes.Replace(good, []byte("10        `"), []byte("9999999999`"), 1), "damaged archive header"},
	} {
		if got, err := Member(test.data, "go.o"); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %q, %v; want %s", name, got, err, test.want)
		}
	}
}

func FuzzMember(f *testing.F) {
	f.Add(archive("__.SYMDEF", "odd", "go.o", "the object"), "go.o")
	f.Add(archive("go.o", ""), "")
	f.Add([]byte(archiveMagic), "go.o")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		member, err := Member(data, name)
		if err == nil && !bytes.Contains(data, member) {
			t.Errorf("%q is not in the archive", member)
		}
	})
}
