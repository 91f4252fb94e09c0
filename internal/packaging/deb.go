package packaging

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"strings"

	"github.com/blakesmith/ar"
)

// Deb makes a package for Debian and what comes from it, for a server of apt.postgresql.org
// or of the distribution.
func (e *Extension) Deb() (*Artifact, error) {
	name := fmt.Sprintf("postgresql-%d-%s", e.Major, e.plainName())
	more, err := e.documents("usr/share/doc/" + name)
	if err != nil {
		return nil, err
	}
	files := e.place(fmt.Sprintf("usr/lib/postgresql/%d/lib", e.Major), fmt.Sprintf("usr/share/postgresql/%d", e.Major), more...)
	var sums strings.Builder
	size := 0
	for _, f := range files {
		fmt.Fprintf(&sums, "%x  %s\n", md5.Sum(f.data), f.path)
		size += (len(f.data) + 1023) / 1024
	}
	var control strings.Builder
	fmt.Fprintf(&control, "Package: %s\nVersion: %s-1\nArchitecture: %s\nMaintainer: %s\nInstalled-Size: %d\nDepends: postgresql-%d\nSection: database\nPriority: optional\n",
		name, e.plainVersion(), e.GOARCH, e.Maintainer, size, e.Major)
	if e.Homepage != "" {
		fmt.Fprintf(&control, "Homepage: %s\n", e.Homepage)
	}
	fmt.Fprintf(&control, "Description: %s\n Extension %s %s for PostgreSQL %d, in Go, by pgstd.\n", e.title(), e.Name, e.Version, e.Major)
	info, err := e.tarGz("./", false, []placed{{"control", []byte(control.String())}, {"md5sums", []byte(sums.String())}})
	if err != nil {
		return nil, fmt.Errorf("writing a package's control: %w", err)
	}
	data, err := e.tarGz("./", true, files)
	if err != nil {
		return nil, fmt.Errorf("writing a package's files: %w", err)
	}
	var b bytes.Buffer
	w := ar.NewWriter(&b)
	if err := w.WriteGlobalHeader(); err != nil {
		return nil, err
	}
	for _, part := range []placed{{"debian-binary", []byte("2.0\n")}, {"control.tar.gz", info}, {"data.tar.gz", data}} {
		if err := w.WriteHeader(&ar.Header{Name: part.path, Size: int64(len(part.data)), Mode: 0o644, ModTime: e.Time}); err != nil {
			return nil, err
		}
		if _, err := w.Write(part.data); err != nil {
			return nil, err
		}
	}
	return &Artifact{Name: fmt.Sprintf("%s_%s-1_%s.deb", name, e.plainVersion(), e.GOARCH), Data: b.Bytes()}, nil
}
