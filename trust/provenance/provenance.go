// Package provenance says where a file comes from: what it was made of, with
// what, and by which rules. The record travels in the file, as an ELF note, and
// docs/provenance.md is its specification.
//
// A record is a statement of whoever made the file. Signatures (package
// trust/signature) say who that was; building the file again from its source
// shows whether the statement is true.
//
// It is for builds, which write records, and for programs that read them.
package provenance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// What identifies the notes.
const (
	Section        = ".note.pgstd"
	Owner          = "pgstd"
	TypeRecord     = 1 // a Record in JSON
	TypeDescriptor = 2 // eight bytes: the distance from here to pgstd_object
)

// Version of the format. A reader refuses a later one. Version 2 has packages, and says of
// modules what stands in their place.
const Version = 2

// Record is the provenance of a file.
type Record struct {
	Version  int    `json:"version"`
	Kind     string `json:"kind"`   // "object", "module" or "host"
	Target   string `json:"target"` // as "linux-postgres-amd64"
	ABI      uint32 `json:"abi"`    // between object and host
	Kit      Kit    `json:"kit"`
	Go       string `json:"go,omitempty"`       // toolchain, as "go1.26.8"
	Overlay  string `json:"overlay,omitempty"`  // digest of the changes to the standard library
	Compiler string `json:"compiler,omitempty"` // C compiler that has linked it
	Debug    string `json:"debug,omitempty"`    // what it was built to show, as symbols; no such file is for others
	Postgres int    `json:"postgres,omitempty"` // major version that a module is for
	Package  string `json:"package,omitempty"`  // import path of what was built
	// Functions are those that SQL can call, as they are declared there.
	Functions []string `json:"functions,omitempty"`
	Flags     []string `json:"flags,omitempty"`   // of the go command
	Modules   []Module `json:"modules,omitempty"` // that are linked in; the author's own first
	// Packages are those of modules that are linked in, as the source gate has judged them.
	Packages []Package `json:"packages,omitempty"`
	Source   *Source   `json:"source,omitempty"` // verdict of the source gate; nil: it was not asked
}

// Kit is the pgstd that a file was built with.
type Kit struct {
	Version string `json:"version"`
	Digest  string `json:"digest"` // SHA-256 over replacements, host and pg
}

// Module is a Go module, by the name that it is required by and by what it is.
type Module struct {
	Path    string       `json:"path"`
	Version string       `json:"version,omitempty"`
	Replace *Replacement `json:"replace,omitempty"` // what go.mod puts in its place
	// Sum is the hash of the content: of a release as in go.sum, of a folder over all that
	// goes into the build. It is empty for a folder if the source gate was not asked.
	Sum string `json:"sum,omitempty"`
}

// Replacement is a release of another module, or a folder.
type Replacement struct {
	Path    string `json:"path"`
	Version string `json:"version,omitempty"` // empty for a folder
}

// Package is one of a module.
type Package struct {
	Path     string   `json:"path"`
	Module   string   `json:"module"`             // the path that it is required by
	Sum      string   `json:"sum"`                // over all its files that go into the build
	Assembly bool     `json:"assembly,omitempty"` // some of them are assembly
	Accepted []string `json:"accepted,omitempty"` // rules that the policy lets it break
}

// Source says what the source gate has found.
type Source struct {
	Verdict  string   `json:"verdict"`            // "passed"
	Policy   string   `json:"policy,omitempty"`   // digest of the policy that was applied
	Accepted []string `json:"accepted,omitempty"` // findings that the policy accepts, as "module: rule"
}

// Encode writes a record as it stands in the note. The same record always makes
// the same bytes.
func (r *Record) Encode() []byte {
	data, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings and numbers can be encoded
	}
	return data
}

// maxSize is what a reader takes. A record of a thousand modules has 150 KB.
const maxSize = 1 << 20

// Parse reads a record.
func Parse(data []byte) (*Record, error) {
	if len(data) > maxSize {
		return nil, fmt.Errorf("the provenance has %d bytes, more than %d", len(data), maxSize)
	}
	var version struct{ Version int }
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, fmt.Errorf("the provenance is not JSON: %w", err)
	}
	if version.Version < 1 || version.Version > Version {
		return nil, fmt.Errorf("the provenance is of version %d, and this pgbuild reads version %d; use the pgbuild that the file was built with", version.Version, Version)
	}
	r := &Record{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("the provenance is damaged: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("the provenance is damaged: something follows after it")
	}
	var all any
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("the provenance is damaged: %w", err)
	}
	if text := unprintable(all); text != "" {
		return nil, fmt.Errorf("the provenance is damaged: %.80q has characters that cannot be shown", text)
	}
	return r, nil
}

// unprintable finds a text that would do something to the terminal of whoever looks at it.
func unprintable(value any) string {
	switch v := value.(type) {
	case string:
		if strings.ContainsFunc(v, func(c rune) bool { return !strconv.IsPrint(c) }) {
			return v
		}
	case []any:
		for _, e := range v {
			if text := unprintable(e); text != "" {
				return text
			}
		}
	case map[string]any:
		for _, e := range v {
			if text := unprintable(e); text != "" {
				return text
			}
		}
	}
	return ""
}
