// Package packs keeps target toolchains in files: what a build takes besides Go, compiled
// once by whoever has a C compiler and the server's headers, for machines that have not.
//
// There are two kinds. A library is the compiled standard library of a target, for one
// release of Go; a server is the compiled host, the procedural language and the companion,
// for one major of PostgreSQL. A pack is a .tar.zst of regular files, of which the first,
// pack.json, says what it is; the same input makes the same bytes. An index.json lists packs
// with their digests.
//
// A pack is believed for its digest, and that for a signature or the word of the user; never
// for where it lies. What has been installed is a folder of the cache, which appears whole or
// not at all.
package packs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/version"
	"path"
	"regexp"
	"strings"

	"github.com/pgstd/pgstd/internal/majors"
)

// Kind is what a pack holds.
type Kind string

// The kinds of packs.
const (
	Library Kind = "library"
	Server  Kind = "server"
)

// Folders and files of packs.
const (
	HostFolder    = "host"          // of a server: the objects that are linked into modules
	SupportFolder = "support"       // of a server: the files of the extensions that the kit brings
	Imports       = "imports"       // of a server: what host and handler may import of the server
	OverlayFolder = "overlay"       // of a library: the files that were in the place of Go's own
	PackagesName  = "packages.json" // of a library: its packages
	ActionsName   = "actions.txt"   // of a library: by what names the go command keeps them
	ConfigName    = "importcfg"     // made when a library is installed, as it has paths in it
	metaName      = "pack.json"
)

// Format is that of packs and indexes.
const Format = 1

// Meta says what a pack is, and from what it was made.
type Meta struct {
	Format int    `json:"format"`
	Kind   Kind   `json:"kind"`
	Kit    Kit    `json:"kit"`
	Target string `json:"target"`
	ABI    uint32 `json:"abi"`

	Go      string `json:"go,omitempty"`      // of a library: the release
	Overlay string `json:"overlay,omitempty"` // of a library: the overlay's digest, as in provenance notes
	Flags   string `json:"flags,omitempty"`   // of a library: the compiler's settings

	Postgres int    `json:"postgres,omitempty"` // of a server: the major
	Headers  string `json:"headers,omitempty"`  // of a server: the minor release that the headers are of
	Compiler string `json:"compiler,omitempty"` // of a server: that compiled it
}

// Kit is the pgbuild that a pack was made by, and is for.
type Kit struct {
	Version string `json:"version"`
	Digest  string `json:"digest"`
}

// For is what a pack is for: the kit, and one of Go and PostgreSQL.
func (m *Meta) For() string {
	if m.Kind == Library {
		return m.Go
	}
	return fmt.Sprintf("PostgreSQL %d", m.Postgres)
}

// Name is what a pack's file is called.
func (m *Meta) Name() string {
	part := m.Go
	if m.Kind == Server {
		part = fmt.Sprintf("pg%d", m.Postgres)
	}
	return fmt.Sprintf("pgstd-%s-%.12s-%s-%s.tar.zst", m.Kit.Version, m.Kit.Digest, m.Target, part)
}

// Folder is what the folder of a pack in the cache is called. What a build asks for decides it,
// and nothing about the machine that made the pack or the one that uses it.
func (m *Meta) Folder() string {
	h := sha256.Sum256(fmt.Appendf(nil, "%d\n%s\n%s\n%s\n%s\n%d\n", Format, m.Kind, m.Kit.Digest, m.Target, m.Go, m.Postgres))
	return fmt.Sprintf("%s-%s", m.Kind, hex.EncodeToString(h[:12]))
}

var (
	digestForm  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	targetForm  = regexp.MustCompile(`^linux-postgres-(amd64|arm64)$`)
	versionForm = regexp.MustCompile(`^[0-9A-Za-z.+-]{1,40}$`)
)

// check refuses what no pgbuild writes. Names of files are made of it.
func (m *Meta) check() error {
	_, known := majors.Find(m.Postgres)
	switch {
	case m.Format != Format:
		return fmt.Errorf("it has format %d, and this pgbuild reads format %d; use the pgbuild that made it", m.Format, Format)
	case m.Kind != Library && m.Kind != Server:
		return fmt.Errorf("it is of the unknown kind %q", m.Kind)
	case !versionForm.MatchString(m.Kit.Version) || !digestForm.MatchString(m.Kit.Digest):
		return fmt.Errorf("it does not say for which pgbuild it is")
	case !targetForm.MatchString(m.Target):
		return fmt.Errorf("it is for the unknown target %q", m.Target)
	case m.Kind == Library && (!version.IsValid(m.Go) || m.Postgres != 0):
		return fmt.Errorf("it does not say for which release of Go it is")
	case m.Kind == Server && (!known || m.Go != ""):
		return fmt.Errorf("it does not say for which PostgreSQL it is")
	}
	for _, s := range []string{m.Overlay, m.Flags, m.Headers, m.Compiler} {
		if len(s) > 1000 || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
			return fmt.Errorf("its description cannot be shown")
		}
	}
	return nil
}

// allowed are the files that a pack of a kind has, besides its description.
var allowed = map[Kind]*regexp.Regexp{
	Library: regexp.MustCompile(`^(packages\.json|actions\.txt|overlay\.lock|[0-9]{1,5}\.(a|types)|overlay/[A-Za-z0-9_./-]+)$`),
	Server:  regexp.MustCompile(`^(host/[a-z0-9_]+\.o|support/[a-z0-9_.-]+\.(so|control|sql)|imports/[a-z]+\.txt)$`),
}

// checkName refuses names of files that are not a pack's own.
func (m *Meta) checkName(name string) error {
	if path.Clean(name) != name || len(name) > 200 || !allowed[m.Kind].MatchString(name) || strings.Contains(name, "..") {
		return fmt.Errorf("it has a file %.100q, which no pack has", name)
	}
	return nil
}

// Index is a list of packs, as index.json has it.
type Index struct {
	Format int     `json:"format"`
	Kit    Kit     `json:"kit"`
	Packs  []Entry `json:"packs"`
}

// Entry is a pack in an index.
type Entry struct {
	Name     string `json:"name"`
	Size     int64  `json:"size"`
	SHA256   string `json:"sha256"`
	Unpacked int64  `json:"unpacked"`
	Meta
}

// IndexName is the name of an index.
const IndexName = "index.json"

// maxPack and maxUnpacked are more than any pack takes: a library is of some 40 and 150 MB.
const (
	maxPack     = 1 << 30
	maxUnpacked = 2 << 30
)

// ParseIndex reads an index.
func ParseIndex(data []byte) (*Index, error) {
	var x Index
	if err := json.Unmarshal(data, &x); err != nil {
		return nil, fmt.Errorf("it is no index of packs: %w", err)
	}
	if x.Format != Format {
		return nil, fmt.Errorf("the index has format %d, and this pgbuild reads format %d; use the pgbuild that made it", x.Format, Format)
	}
	seen := map[string]bool{}
	for i := range x.Packs {
		e := &x.Packs[i]
		switch err := e.check(); {
		case err != nil:
			return nil, fmt.Errorf("pack %.100q of the index: %w", e.Name, err)
		case e.Name != e.Meta.Name():
			return nil, fmt.Errorf("pack %.100q of the index: what it says of itself gives the name %s", e.Name, e.Meta.Name())
		case seen[e.Name]:
			return nil, fmt.Errorf("the index has pack %s twice", e.Name)
		case e.Size <= 0 || e.Size > maxPack || e.Unpacked <= 0 || e.Unpacked > maxUnpacked || !digestForm.MatchString(e.SHA256):
			return nil, fmt.Errorf("pack %s of the index has no sensible size or digest", e.Name)
		}
		seen[e.Name] = true
	}
	return &x, nil
}

// Encode is the text of an index.
func (x *Index) Encode() []byte {
	data, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		panic(err) // an index has no value that JSON lacks
	}
	return append(data, '\n')
}
