package attacks

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/tools/txtar"
)

// attempt is one file of the corpus: text for people, then lines "key: value", then
// the files of a module.
//
//	stop: source RULE     a rule of the source gate refuses it
//	stop: error           the check cannot even begin, and says why
//	stop: build           the build fails, and leaves nothing behind
//	stop: harmless        the check passes, since nothing is wrong
//	stop: harmless build  the build passes, and has done no harm
//	stop: runtime         in a backend, the call does no harm: see runtime_test.go
//	want: REGEXP          the message
//	deps: checked, policy: FILE
//	link: NAME -> TARGET, fifo: NAME, sparse: NAME SIZE, bytes: "NAME" "TEXT",
//	repeat: NAME N "HEAD" "OPEN" "MIDDLE" "CLOSE"
//	                      files that an archive of text cannot hold
//	absent: PATH          must not be there afterwards
//	sql: QUERY, result: REGEXP, sqlstate: CODE
type attempt struct {
	name     string
	stop     string
	argument string
	keys     map[string][]string
	archive  *txtar.Archive
}

func (a *attempt) key(name string) string {
	if v := a.keys[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// attempts reads the corpus.
func attempts(t *testing.T) (all []*attempt) {
	t.Helper()
	files, err := filepath.Glob("../../../testdata/attacks/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		a := &attempt{name: strings.TrimSuffix(filepath.Base(file), ".txtar"), keys: map[string][]string{}, archive: archive}
		text, keys, ok := strings.Cut(string(archive.Comment), "\n\n")
		if !ok || strings.TrimSpace(text) == "" {
			t.Fatalf("%s does not say what it is about", file)
		}
		for line := range strings.Lines(keys) {
			key, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
			if !ok {
				t.Fatalf("%s: %q is no \"key: value\"", file, line)
			}
			a.keys[key] = append(a.keys[key], value)
		}
		a.stop, a.argument, _ = strings.Cut(a.key("stop"), " ")
		all = append(all, a)
	}
	return all
}

// write lays the module out in a folder and returns it.
func (a *attempt) write(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "module")
	at := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	put := func(name string, data []byte) {
		if err := os.WriteFile(at(name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range a.archive.Files {
		put(f.Name, f.Data)
	}
	for _, v := range a.keys["bytes"] {
		parts := unquoteAll(t, v)
		put(parts[0], []byte(parts[1]))
	}
	for _, v := range a.keys["repeat"] {
		name, rest, _ := strings.Cut(v, " ")
		number, rest, _ := strings.Cut(rest, " ")
		parts := unquoteAll(t, rest)
		n, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		put(name, []byte(parts[0]+strings.Repeat(parts[1], n)+parts[2]+strings.Repeat(parts[3], n)+"\n"))
	}
	for _, v := range a.keys["link"] {
		name, to, _ := strings.Cut(v, " -> ")
		if err := os.Symlink(to, at(name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range a.keys["fifo"] {
		if err := syscall.Mkfifo(at(v), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range a.keys["sparse"] {
		var name string
		var size int64
		if _, err := fmt.Sscan(v, &name, &size); err != nil {
			t.Fatal(err)
		}
		put(name, []byte("package attack\n"))
		if err := os.Truncate(at(name), size); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func unquoteAll(t *testing.T, s string) (parts []string) {
	t.Helper()
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		q, err := strconv.QuotedPrefix(s)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		text, err := strconv.Unquote(q)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, text)
		s = s[len(q):]
	}
	return parts
}

// wanted checks a message.
func (a *attempt) wanted(t *testing.T, message string) {
	t.Helper()
	for _, want := range a.keys["want"] {
		if !regexp.MustCompile(want).MatchString(message) {
			t.Errorf("nothing matches %q in:\n%s", want, message)
		}
	}
}

// noHarm checks that nothing was done that must not be.
func (a *attempt) noHarm(t *testing.T) {
	t.Helper()
	for _, path := range a.keys["absent"] {
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s has been made", path)
		}
	}
}
