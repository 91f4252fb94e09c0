package object_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/object"
)

// structure are the places of a file that say what it is, rather than being code or data:
// headers, the dynamic section, symbols, relocations' places and kinds, notes, the
// descriptor, section headers, and what lies between.
func (f *file) structure() (places []place) {
	add := func(start, size uint64) {
		if size > 0 {
			places = append(places, place{start, start + size})
		}
	}
	add(0, 64+56*uint64(len(f.elf.Progs)))
	for _, s := range f.elf.Sections {
		switch s.Name {
		case ".dynamic", ".dynsym", ".dynstr", ".gnu.hash", ".shstrtab", ".init_array", ".note.pgstd", ".note.gnu.property", ".note.go.buildid":
			add(s.Offset, s.Size)
		case ".rela.dyn":
			for at := s.Offset; at < s.Offset+s.Size; at += 24 {
				add(at, 16)
			}
		}
	}
	add(f.offset(f.descriptor()), 16)
	shoff := f.get64(40)
	add(shoff, uint64(len(f.elf.Sections))*64)
	for _, p := range f.elf.Progs {
		end := p.Off + p.Filesz
		add(end, min((4096-end%4096)%4096, uint64(len(f.data))-min(end, uint64(len(f.data)))))
	}
	return places
}

// place is a range of offsets.
type place struct{ start, end uint64 }

// TestSurvivors changes what says what a file is, at random. What the gate passes then runs
// as before, or the host refuses it in so many words. A relocation that has moved leaves a
// pointer in data wrong, which can be the death of the world, and of nothing else.
func TestSurvivors(t *testing.T) {
	f := good(t, object.Object, target.Host())
	// A read or write of the loader's beyond what it has mapped or allocated shows.
	host, err := target.StandaloneHost(t.Context(), target.Options{Debug: kit.DebugAddress})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	run := func(data []byte) (string, error) {
		path := filepath.Join(dir, "object.so")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		limited, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		cmd := exec.CommandContext(limited, host, path, "call", "magic", "41")
		cmd.Env = append(os.Environ(), "ASAN_OPTIONS=exitcode=99:detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0")
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 1 && strings.HasPrefix(said.String(), "pgstd-run: ") {
			return "refused", nil
		} else if errors.As(err, &exit) && exit.ExitCode() == 3 && len(said.String()) > 0 {
			return "died", nil
		}
		if err != nil {
			err = fmt.Errorf("%w: %s", err, said.Bytes())
		}
		return string(out), err
	}
	want, err := run(f.data)
	if err != nil || want != fmt.Sprintln(41^0x1234567) {
		t.Fatalf("%q, %v", want, err)
	}
	random := rand.New(rand.NewPCG(11, 5))
	places := f.structure()
	tries, survivors := 1500, 0
	if testing.Short() {
		tries = 300
	}
	for range tries {
		data := bytes.Clone(f.data)
		for range 1 + random.IntN(2) {
			p := places[random.IntN(len(places))]
			at := p.start + random.Uint64N(p.end-p.start)
			switch random.IntN(4) {
			case 0:
				data[at] ^= 1 << random.IntN(8)
			case 1:
				data[at] = byte(random.Uint32())
			case 2:
				copy(data[at:min(at+8, uint64(len(data)))], bytes.Repeat([]byte{byte(random.IntN(2)) * 0xff}, 8))
			default:
				// Another part of the structure in its place.
				q := places[random.IntN(len(places))]
				copy(data[at:min(at+8, p.end)], data[q.start:min(q.start+8, q.end)])
			}
		}
		if bytes.Equal(data, f.data) || !object.Verify(data, "").Good() {
			continue
		}
		survivors++
		if got, err := run(data); err != nil || got != want && got != "refused" && got != "died" {
			t.Errorf("passed by the gate, and then: %q, %v; %s", got, err, changes(f.data, data))
		}
	}
	if survivors == 0 {
		t.Error("the gate has passed nothing, so that nothing has been tried")
	}
	t.Logf("%d of %d have passed", survivors, tries)
}

// changes tells where two files differ.
func changes(a, b []byte) string {
	var list []string
	for i := range a {
		if a[i] != b[i] {
			list = append(list, fmt.Sprintf("%#x: %02x -> %02x", i, a[i], b[i]))
		}
	}
	return strings.Join(list, ", ")
}
