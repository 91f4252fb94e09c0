package packaging

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/google/rpmpack"
)

var rpmArch = map[string]string{"amd64": "x86_64", "arm64": "aarch64"}

// RPM makes a package for Fedora, RHEL and what comes from them, for a server of
// yum.postgresql.org.
func (e *Extension) RPM() (*Artifact, error) {
	name := fmt.Sprintf("%s_%d", strings.ReplaceAll(e.plainName(), "-", "_"), e.Major)
	more, err := e.documents("usr/share/doc/" + name)
	if err != nil {
		return nil, err
	}
	server, err := rpmpack.NewRelation(fmt.Sprintf("postgresql%d-server", e.Major))
	if err != nil {
		return nil, err
	}
	r, err := rpmpack.NewRPM(rpmpack.RPMMetaData{
		Name: name, Version: e.plainVersion(), Release: "1", Arch: rpmArch[e.GOARCH], OS: "linux",
		Summary: e.title(), Description: fmt.Sprintf("Extension %s %s for PostgreSQL %d, in Go, by pgstd.", e.Name, e.Version, e.Major),
		Licence: e.license(), Packager: e.Maintainer, URL: e.Homepage, Group: "Applications/Databases",
		BuildTime: e.Time, BuildHost: "localhost", Compressor: "gzip", Requires: rpmpack.Relations{server},
	})
	if err != nil {
		return nil, fmt.Errorf("making an rpm: %w", err)
	}
	prefix := fmt.Sprintf("usr/pgsql-%d", e.Major)
	for _, f := range e.place(prefix+"/lib", prefix+"/share", more...) {
		r.AddFile(rpmpack.RPMFile{Name: "/" + f.path, Body: f.data, Mode: 0o100644, Owner: "root", Group: "root", MTime: uint32(e.Time.Unix())})
	}
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		return nil, fmt.Errorf("writing an rpm: %w", err)
	}
	return &Artifact{Name: fmt.Sprintf("%s-%s-1.%s.rpm", name, e.plainVersion(), rpmArch[e.GOARCH]), Data: b.Bytes()}, nil
}
