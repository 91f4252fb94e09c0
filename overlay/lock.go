package overlay

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/version"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/atomicfile"
)

// LockName is the conventional name of the lock file.
const LockName = "overlay.lock"

const lockHeader = `# What the overlay takes out of the Go library, or changes in it, as it looked when it was last
# reviewed. Written by "pgbuild overlay lock"; do not edit.
#
#	release MINOR ARCH reviewed at RELEASE
#	drop PACKAGE/FILE -- REASON
#	assembly PACKAGE/FILE
#	replace|remove|subst PACKAGE/FILE
#		DECLARATION HASH-OF-SIGNATURE HASH-OF-BODY -- REASON
`

// section is the part of a lock file for one release and architecture. A minor release has
// one for each patch release in which something that is pinned has changed.
type section struct {
	minor, goarch string
	release       string // at which it was reviewed
	pins          []pin
}

// WriteLock writes the lock file called name: the sections of the given configurations anew, the others
// as they are, or not at all if whole is set. To write it is to say that what is dropped was reviewed.
func WriteLock(ctx context.Context, name string, whole bool, configs ...Config) error {
	old, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the lock file: %w", err)
	}
	keep := old
	if whole {
		keep = nil
	}
	data, err := Lock(ctx, keep, configs...)
	if err != nil {
		return err
	}
	if bytes.Equal(data, old) {
		return nil
	}
	if err := atomicfile.Write(name, data, 0o644); err != nil {
		return fmt.Errorf("writing the lock file: %w", err)
	}
	return nil
}

// Lock returns the contents of a lock file: those of old, with the sections of the given
// configurations anew.
func Lock(ctx context.Context, old []byte, configs ...Config) ([]byte, error) {
	sections, err := parseLock(old)
	if err != nil {
		return nil, err
	}
	for _, c := range configs {
		m, err := c.load(ctx)
		if err != nil {
			return nil, err
		}
		s := m.section()
		sections = slices.DeleteFunc(sections, func(o section) bool { return o.release == s.release && o.goarch == s.goarch })
		sections = append(sections, s)
	}
	return formatLock(sections), nil
}

// load is Build without the cache.
func (c *Config) load(ctx context.Context) (*made, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	files, _, err := readTrees(c.Trees)
	if err != nil {
		return nil, err
	}
	return c.make(ctx, files)
}

// section is what a lock file made now would say.
func (m *made) section() section {
	s := section{minor: version.Lang(m.target.gover), goarch: m.target.goarch, release: m.target.gover}
	for _, p := range m.plans {
		for _, pin := range p.pins() {
			s.pins = append(s.pins, pin.pin)
		}
	}
	slices.SortFunc(s.pins, func(a, b pin) int {
		return cmp.Or(cmp.Compare(a.path(), b.path()), cmp.Compare(a.verb, b.verb), cmp.Compare(a.name, b.name))
	})
	return s
}

func formatLock(sections []section) []byte {
	slices.SortFunc(sections, func(a, b section) int {
		return cmp.Or(version.Compare(a.release, b.release), cmp.Compare(a.goarch, b.goarch))
	})
	var b bytes.Buffer
	b.WriteString(lockHeader)
	for _, s := range sections {
		fmt.Fprintf(&b, "\nrelease %s %s reviewed at %s\n", s.minor, s.goarch, s.release)
		last := ""
		for _, p := range s.pins {
			head, line := p.verb+" "+p.path(), p.name+" "+p.sig+" "+p.body
			switch {
			case p.why == "":
			case p.verb == "drop":
				head += " -- " + p.why
			default:
				line += " -- " + p.why
			}
			if head != last {
				fmt.Fprintln(&b, head)
				last = head
			}
			fmt.Fprintln(&b, "\t"+line)
		}
	}
	return b.Bytes()
}

func parseLock(data []byte) ([]section, error) {
	var sections []section
	var head pin
	in := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; in.Scan(); n++ {
		line := in.Text()
		text, why, _ := strings.Cut(line, " -- ")
		words := strings.Fields(text)
		bad := false
		switch {
		case len(words) == 0 || words[0][0] == '#':
		case line[0] == '\t':
			if bad = len(words) != 3 || head.verb == ""; !bad {
				p := head
				p.name, p.sig, p.body, p.why = words[0], words[1], words[2], cmp.Or(head.why, why)
				s := &sections[len(sections)-1]
				s.pins = append(s.pins, p)
			}
		case words[0] == "release":
			if bad = len(words) != 6 || version.Lang(words[5]) != words[1] || !supportedArch(words[2]); !bad {
				sections = append(sections, section{minor: words[1], goarch: words[2], release: words[5]})
				head = pin{}
			}
		case len(words) == 2 && len(sections) > 0:
			pkg, file := path.Split(words[1])
			if bad = pkg == "" || file == "" || path.Clean(words[1]) != words[1]; !bad {
				head = pin{verb: words[0], pkg: path.Clean(pkg), file: file, why: why}
			}
		default:
			bad = true
		}
		if bad {
			return nil, fmt.Errorf("lock file, line %d: %q is not understood; write it anew with \"pgbuild overlay lock\"", n, line)
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("lock file: %w; write it anew with \"pgbuild overlay lock\"", err)
	}
	return sections, nil
}
