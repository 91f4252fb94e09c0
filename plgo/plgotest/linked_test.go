package plgotest

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// linkedImages is PLGO_LINKED: how many worlds of a session have an image that is linked beforehand.
const linkedImages = 16

// linked is a database whose base has been linked by a session.
type linked struct {
	t      *testing.T
	s      *Server
	name   string
	folder string
	path   string // of the base, without what further files have besides
}

func linkBase(t *testing.T, s *Server, name string) *linked {
	t.Helper()
	baseDatabase(t, s, name)
	c := connect(t, s, name)
	c.exec("create function f(n int) returns int language plgo as $$ return n + 1 $$")
	c.want("select f(1)::text", "2")
	l := &linked{t: t, s: s, name: name, folder: filepath.Dir(objectFiles(t, s, c)[0])}
	notes, _ := filepath.Glob(filepath.Join(l.folder, "*.0.note"))
	if len(notes) != 1 {
		t.Fatalf("%d notes of one base: %q", len(notes), objectFiles(t, s, c))
	}
	l.path = strings.TrimSuffix(notes[0], ".0.note")
	return l
}

// maps are the lines of a session's mappings that name a file.
func (l *linked) maps(c *conn, name string) (lines []string) {
	for line := range strings.Lines(readFile(l.t, "/proc/"+c.pid()+"/maps")) {
		if strings.HasSuffix(strings.TrimSpace(line), filepath.Base(name)) {
			lines = append(lines, line)
		}
	}
	return lines
}

// wantLinked looks at whether a new session's base is mapped from a linked file.
func (l *linked) wantLinked(when string, want bool) *conn {
	l.t.Helper()
	c := connect(l.t, l.s, l.name)
	c.want("select f(2)::text", "3")
	if got := len(l.maps(c, l.path+".0.linked")) > 0; got != want {
		l.t.Errorf("%s: linked %t, want %t\n%s", when, got, want, readFile(l.t, "/proc/"+c.pid()+"/maps"))
	}
	// Relocations write to it where a session makes them.
	for _, line := range l.maps(c, l.path) {
		if want && strings.Contains(line, "w") {
			l.t.Errorf("%s: %s", when, line)
		}
	}
	return c
}

// inode tells files of one name apart.
func (l *linked) inode(path string) string {
	l.t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		l.t.Fatal(err)
	}
	return fmt.Sprint(info.Sys())
}

// leave ends all sessions: a file that is cut short takes from whoever has it mapped.
func (l *linked) leave() {
	l.t.Helper()
	watcher := connect(l.t, l.s, "postgres")
	watcher.exec("select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + l.name + "'")
	watcher.until("select count(*) = 0 from pg_stat_activity where datname = '" + l.name + "'")
	watcher.Close(l.t.Context())
}

// change overwrites bytes of a file where it lies.
func (l *linked) change(path string, at int64, data []byte) {
	l.t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteAt(data, at)
		f.Close()
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// TestLinkedBase: sessions map a base that one of them has relocated, for each role at an
// address of its own, and worlds start again from it.
func TestLinkedBase(t *testing.T) {
	t.Parallel()
	l := linkBase(t, sharedServer(t), "linked")
	c := l.wantLinked("the second session", true)
	c.exec(`create function ends() returns int language plgo as $$ os.Exit(3); return 1 $$;
		create function counts() returns bigint language plgo as $$ var ( n int64 ); n++; return n $$`)
	for range 3 {
		c.want("select counts()::text || counts()", "12")
		c.fails("select ends()", "38000")
	}
	// A world that has ended could be the next role's.
	c.want("select counts()::text", "1")
	for call := range 2 {
		for i := 1; i <= linkedImages+1; i++ {
			if call == 0 {
				c.exec(fmt.Sprintf("reset role; create role linked_%d", i))
			}
			c.exec(fmt.Sprintf("set role linked_%d", i))
			c.want("select counts()::text", strconv.Itoa(1+call))
			// There are as many as sessions have roles; others relocate for themselves.
			if mapped := len(l.maps(c, fmt.Sprintf("%s.%d.linked", l.path, i))) > 0; mapped != (i < linkedImages) {
				t.Errorf("role %d: mapped %t", i, mapped)
			}
		}
	}
	c.exec("reset role")
	for i := 1; i <= linkedImages+1; i++ {
		c.exec(fmt.Sprintf("drop role linked_%d", i))
	}
	// What nothing is on goes whole.
	c.exec("drop function f, ends, counts; set client_min_messages = warning; select plgo.recompile_all()")
	if files := objectFiles(t, l.s, c); len(files) != 0 {
		t.Errorf("left: %q", files)
	}
}

// TestLinkedOwners: functions of many owners in a session have a world each. The images of those whose worlds have
// gone are given back, so that there are not more of them than worlds.
func TestLinkedOwners(t *testing.T) {
	t.Parallel()
	l := linkBase(t, sharedServer(t), "linked_owners")
	const owners = linkedImages + 4
	c := connect(t, l.s, l.name)
	images := func() (linked, own int) {
		for i := range linkedImages {
			if len(l.maps(c, fmt.Sprintf("%s.%d.linked", l.path, i))) > 0 {
				linked++
			}
		}
		for _, line := range l.maps(c, l.path) {
			if strings.Contains(line, "r--p 00000000 ") {
				own++ // each image begins so
			}
		}
		return linked, own - linked
	}
	all := ""
	for i := range owners {
		c.exec(fmt.Sprintf(`create role linked_owner_%d; create function counts_%[1]d() returns bigint language plgo as $$ var ( n int64 ); n++; return n $$;
			alter function counts_%[1]d() owner to linked_owner_%[1]d`, i))
		all += fmt.Sprintf(" || counts_%d()", i)
	}
	c.exec(`create function ends() returns int language plgo as $$ os.Exit(3); return 1 $$; alter function ends() owner to linked_owner_3`)
	for i := range owners {
		c.want(fmt.Sprintf("select counts_%d()::text || counts_%[1]d()", i), "12")
	}
	c.want("select ''"+all, strings.Repeat("3", owners))
	c.want("select count(*)::text from pgstd.worlds", strconv.Itoa(owners))
	if linked, own := images(); linked != linkedImages || own != owners-linkedImages {
		t.Errorf("%d images are linked beforehand, and %d others", linked, own)
	}
	c.fails("select ends()", "38000")
	c.want("select ''"+all, strings.Repeat("4", 3)+"1"+strings.Repeat("4", owners-4))
	// With room for few worlds, a transaction has few owners, and few images are left when it ends; what comes then begins anew.
	c.exec("set pgstd.max_worlds = 2; select pgstd.discard_worlds()")
	for range 2 {
		if e := c.fails("select ''"+all, "53400"); !strings.Contains(e.Hint, "Commit in between") {
			t.Errorf("%+v", e)
		}
		c.want("select counts_0()::text || counts_1()", "11")
		for i := 2; i < owners; i++ {
			c.want(fmt.Sprintf("select counts_%d()::text || counts_%[1]d()", i), "12")
		}
		if linked, own := images(); linked+own > 4 {
			t.Errorf("left of two worlds: %d images that are linked beforehand, and %d others", linked, own)
		}
		c.exec("select pgstd.discard_worlds()")
	}
	c.exec("reset pgstd.max_worlds")
	for i := range linkedImages {
		c.want(fmt.Sprintf("select counts_%d()::text || counts_%[1]d()", i), "12")
	}
	if linked, _ := images(); linked < linkedImages-3 {
		t.Errorf("%d images are linked beforehand", linked)
	}
	for i := range owners {
		c.exec(fmt.Sprintf("drop owned by linked_owner_%d; drop role linked_owner_%[1]d", i))
	}
	c.want("select f(1)::text", "2")
}

// TestLinkedAnew: what is not what a session of this server has noted is not mapped, but made
// again.
func TestLinkedAnew(t *testing.T) {
	t.Parallel()
	l := linkBase(t, sharedServer(t), "linked_anew")
	file, note := l.path+".0.linked", l.path+".0.note"
	for what, damage := range map[string]func(){
		"cut short":           func() { os.Truncate(file, 5<<20) },
		"empty":               func() { os.Truncate(file, 0) },
		"changed":             func() { l.change(file, 3<<20, make([]byte, 1<<20)) },
		"gone":                func() { os.Remove(file) },
		"without a note":      func() { os.Remove(note); l.change(file, 3<<20, make([]byte, 1<<20)) },
		"half a note":         func() { os.Truncate(note, 64); l.change(file, 3<<20, make([]byte, 1<<20)) },
		"of another server":   func() { l.change(note, 8, binary.NativeEndian.AppendUint64(nil, 1)) },
		"not compared":        func() { l.change(note, 16, binary.NativeEndian.AppendUint64(nil, 0)) },
		"a damaged base":      func() { l.change(l.path, 6<<20, make([]byte, 1<<20)) },
		"a base that is gone": func() { os.Remove(l.path) },
	} {
		before := l.inode(file)
		l.leave()
		damage()
		l.wantLinked(what, true)
		if l.inode(file) == before {
			t.Errorf("%s: it has not been made again", what)
		}
		before = l.inode(file)
		l.wantLinked("after "+what, true)
		if l.inode(file) != before {
			t.Errorf("%s: it has been made twice", what)
		}
	}
	// What somebody who was killed has left half-written goes.
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	left := fmt.Sprintf("%s.%d.tmp", file, dead.Process.Pid)
	if err := os.WriteFile(left, []byte("half"), 0o666); err != nil {
		t.Fatal(err)
	}
	c := connect(t, l.s, l.name)
	c.exec("create function g() returns int language plgo as $$ return 1 $$")
	c.want("select g()::text", "1")
	if _, err := os.Stat(left); err == nil {
		t.Error("left: ", left)
	}
}

// TestLinkedElsewhere: where something else has the address, a session relocates the base by
// itself.
func TestLinkedElsewhere(t *testing.T) {
	t.Parallel()
	l := linkBase(t, sharedServer(t), "linked_elsewhere")
	c := connect(t, l.s, l.name)
	address, _, _ := strings.Cut(readFile(t, "/proc/"+c.pid()+"/maps"), "-")
	taken, err := strconv.ParseUint(address, 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	const place = 3*8 + 2*5*8 // in the note
	good := readFile(t, l.path+".0.note")
	if at := binary.NativeEndian.Uint64([]byte(good[place:])); at%4096 != 0 || at < 0x300000000000 || at >= 0x500000000000 {
		t.Fatalf("the base lies at %#x", at)
	}
	for what, at := range map[string]uint64{"taken": taken, "in between": taken - 4096, "no page": taken + 1, "the kernel's": 1 << 63} {
		l.change(l.path+".0.note", place, binary.NativeEndian.AppendUint64(nil, at))
		c := l.wantLinked(what, false)
		c.exec("create or replace function ends() returns int language plgo as $$ os.Exit(3); return 1 $$")
		c.fails("select ends()", "38000")
		c.want("select f(4)::text", "5")
	}
	l.change(l.path+".0.note", place, []byte(good[place:]))
	l.wantLinked("again", true)
}

// TestLinkedAtOnce: sessions that find a base unlinked wait for the one that links it.
func TestLinkedAtOnce(t *testing.T) {
	t.Parallel()
	l := linkBase(t, sharedServer(t), "linked_at_once")
	os.Remove(l.path + ".0.linked")
	os.Remove(l.path + ".0.note")
	var sessions []*conn
	var done []<-chan error
	for range 8 {
		c := connect(t, l.s, l.name)
		sessions = append(sessions, c)
		done = append(done, c.begin("select f(1)"))
	}
	for i, err := range done {
		if err := <-err; err != nil {
			t.Error(err)
		}
		if len(l.maps(sessions[i], l.path+".0.linked")) == 0 {
			t.Errorf("session %d has relocated the base by itself", i)
		}
	}
	if c := sessions[0]; len(objectFiles(t, l.s, c)) != 4 {
		t.Errorf("base, module, what is linked and a note; %q", objectFiles(t, l.s, c))
	}
}

// TestNoAddressSpace: a session whose process may not have more says so, and goes on.
func TestNoAddressSpace(t *testing.T) {
	t.Parallel()
	l := linkBase(t, starvedServer(t), "no_address_space")
	c := connect(t, l.s, l.name)
	c.exec("set plgo.shared_base = off; create function object() returns int language plgo as $$ return 1 $$")
	c.exec("discard plans") // what creating it has taken, it has
	var pages uint64
	if _, err := fmt.Sscan(readFile(t, "/proc/"+c.pid()+"/statm"), &pages); err != nil {
		t.Fatal(err)
	}
	// A base wants 1 GB behind it, an object its 3 MB.
	restore := limit(t, l.s, c, "as", strconv.FormatUint(pages*4096+1<<20, 10))
	if e := c.fails("select f(1)", "53200"); !strings.Contains(e.Message, "address space") || !strings.Contains(e.Hint, "ulimit -v") {
		t.Errorf("%+v", e)
	}
	c.fails("select object()", "53200")
	restore()
	c.want("select f(1)::text || object()", "21")
}

// TestLinkedNoSpace: where there is no space for what is linked, a session does without.
func TestLinkedNoSpace(t *testing.T) {
	t.Parallel()
	if os.Getenv("PGSTD_ISOLATION") == "cell" {
		t.Skip("the limit that stands for a full disk is one for the memory of a cell, too")
	}
	l := linkBase(t, starvedServer(t), "linked_no_space")
	linked, err := os.Stat(l.path + ".0.linked")
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(l.path + ".0.linked")
	os.Remove(l.path + ".0.note")
	c := connect(t, l.s, l.name)
	// Else a page that has to make room could be written by this session.
	c.exec("checkpoint")
	limit(t, l.s, c, "fsize", strconv.FormatInt(linked.Size()-1, 10))
	c.want("select f(1)::text", "2")
	if files := objectFiles(t, l.s, c); len(files) != 2 {
		t.Errorf("base and module, and nothing half-written: %q", files)
	}
	// The limit is for the server's log, too.
	if log := readFile(t, filepath.Join(l.s.Dir(), "log")); int64(len(log)) < linked.Size() && !strings.Contains(log, "could not link file \"pgstd_objects/") {
		t.Error("the log does not say so")
	}
	l.wantLinked("when there is space", true)
}
