package sandbox

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// systemFolders hold the C compiler, its headers and the libraries that tools are
// linked with. None of them holds anything private.
func systemFolders() []string {
	return []string{
		"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store",
		"/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
	}
}

var devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}

// plan makes the stage's plan for a command.
func (r *Runner) plan(c *Cmd, how mechanism) (plan, error) {
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return plan{}, err
	}
	p := plan{How: how, Dir: dir, Limits: r.limits, Beside: how == plain}
	if how == plain {
		return p, nil
	}
	b := viewBuilder{mounts: map[string]mount{}, links: map[string]string{}}
	for _, path := range r.readOnly {
		b.add(path, mount{})
	}
	for _, path := range r.writable {
		b.add(path, mount{Writable: true})
	}
	for _, path := range devices {
		b.add(path, mount{Device: true})
	}
	p.View = b.view()
	return p, nil
}

type viewBuilder struct {
	mounts map[string]mount
	links  map[string]string
}

// add adds what is at path, and the symbolic links that lead there.
func (b *viewBuilder) add(path string, m mount) {
	if !filepath.IsAbs(path) {
		return
	}
	at := "/"
	rest := strings.Split(strings.Trim(filepath.Clean(path), "/"), "/")
	for hops := 0; len(rest) > 0 && rest[0] != ""; {
		next := filepath.Join(at, rest[0])
		rest = rest[1:]
		info, err := os.Lstat(next)
		if err != nil {
			return
		}
		if info.Mode()&os.ModeSymlink == 0 {
			at = next
			continue
		}
		target, err := os.Readlink(next)
		if hops++; err != nil || hops > 40 {
			return
		}
		b.links[next] = target
		if !filepath.IsAbs(target) {
			target = filepath.Join(at, target)
		}
		rest = append(strings.Split(strings.Trim(filepath.Clean(target), "/"), "/"), rest...)
		at = "/"
	}
	info, err := os.Stat(at)
	if err != nil || at == "/" {
		return // the whole of it is never shown
	}
	m.Path, m.Folder = at, info.IsDir()
	if old, ok := b.mounts[at]; ok {
		m.Writable = m.Writable || old.Writable
	}
	b.mounts[at] = m
}

func (b *viewBuilder) view() *view {
	v := &view{}
	for _, m := range b.mounts {
		v.Mounts = append(v.Mounts, m)
	}
	// A path sorts before whatever lies below it.
	slices.SortFunc(v.Mounts, func(a, b mount) int { return strings.Compare(a.Path, b.Path) })
	v.Mounts = slices.DeleteFunc(v.Mounts, b.covered)
	for path, target := range b.links {
		v.Links = append(v.Links, link{path, target})
	}
	slices.SortFunc(v.Links, func(a, b link) int { return strings.Compare(a.Path, b.Path) })
	return v
}

// covered tells whether a mount adds nothing to the nearest one above it.
func (b *viewBuilder) covered(m mount) bool {
	for dir := filepath.Dir(m.Path); dir != "/"; dir = filepath.Dir(dir) {
		if above, ok := b.mounts[dir]; ok {
			return above.Writable == m.Writable && !m.Device
		}
	}
	return false
}
