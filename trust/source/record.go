package source

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/internal/regular"
	"github.com/pgstd/pgstd/trust/policy"
)

// Record is what has been judged of a package: it names the content, file by file.
type Record struct {
	Path   string `json:"path"`
	Module string `json:"module"` // as it is required
	// Files are all that go into the build: Go, assembly, headers, embedded ones.
	Files []FileRecord `json:"files"`
	// Lines are the names that line directives give them.
	Lines []string `json:"lines,omitempty"`
	// Sum is over Files, made as go.sum's hashes are, of names relative to the folder.
	Sum string `json:"sum"`
	// Assembly says that some of them are assembly.
	Assembly bool     `json:"assembly,omitempty"`
	Verdict  string   `json:"verdict"`            // "passed" or "refused"
	Accepted []string `json:"accepted,omitempty"` // rules that the policy has let it break
}

// FileRecord is a file by its content.
type FileRecord struct {
	Name   string `json:"name"` // relative to the package's folder
	SHA256 string `json:"sha256"`
}

// record sums up what a verdict says of a package.
func (p *Package) record(r *Result, policy *policy.Policy) Record {
	record := Record{Path: p.Path, Files: []FileRecord{}, Verdict: "passed"}
	if p.Module != nil {
		record.Module = p.Module.Path
	}
	files := p.digests()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		digest := files[name]
		record.Files = append(record.Files, FileRecord{name, hex.EncodeToString(digest[:])})
	}
	record.Lines = p.lineNames()
	record.Sum = sumOf(files)
	for _, f := range r.Findings {
		if f.Package == p.Path {
			record.Verdict = "refused"
		}
	}
	for _, f := range r.Accepted {
		if f.Package == p.Path && !slices.Contains(record.Accepted, f.Rule) {
			record.Accepted = append(record.Accepted, f.Rule)
		}
	}
	for _, o := range p.Others {
		record.Assembly = record.Assembly || o.Built && foreign(o.Name) == "assembly"
	}
	if record.Assembly && policy != nil {
		if _, ok := policy.Accepts(p.Module.Content(), p.Path, ruleHidden); ok {
			record.Accepted = append(record.Accepted, ruleHidden)
		}
	}
	slices.Sort(record.Accepted)
	return record
}

// digests are those of all files of a package that go into the build.
func (p *Package) digests() map[string][sha256.Size]byte {
	files := map[string][sha256.Size]byte{}
	for _, f := range p.Files {
		if f.Built && !f.Generated {
			files[base(f.Name)] = sha256.Sum256(f.Data)
		}
	}
	for _, o := range p.Others {
		if o.Built {
			files[base(o.Name)] = sha256.Sum256(o.Data)
		}
	}
	for _, e := range p.Embeds {
		files[filepath.ToSlash(e.Name)] = e.Digest
	}
	return files
}

// Unchanged reports an error unless all that has been judged still lies there as it was
// read: what a compiler has read meanwhile was the same. A file that was changed and
// changed back has another stamp.
func (r *Result) Unchanged() error {
	if r.build == nil {
		return nil
	}
	for _, p := range r.build.Packages {
		if err := p.unchanged(); err != nil {
			return err
		}
	}
	return nil
}

func (p *Package) unchanged() error {
	for name, stamp := range p.stamps {
		file := filepath.Join(p.Dir, filepath.FromSlash(name))
		info, err := os.Lstat(file)
		if err != nil || regular.StampOf(info) != stamp {
			return fmt.Errorf("%s has been changed while it was built; build it again", file)
		}
	}
	names, err := p.candidates()
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, ok := p.stamps[name]; !ok {
			return fmt.Errorf("%s has appeared while it was built; build it again", filepath.Join(p.Dir, name))
		}
	}
	return nil
}

// candidates are the regular files of a folder that a build could take in.
func (p *Package) candidates() (names []string, err error) {
	entries, err := os.ReadDir(p.Dir)
	if err != nil {
		return nil, fmt.Errorf("reading a package's folder: %w", err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && (isSource(e.Name()) || foreign(e.Name()) != "") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// hashFolder makes for a module that is a folder what go.sum has for a release, of
// everything that is taken from it.
func (b *Build) hashFolder(m *Module) (string, error) {
	digests := map[string][sha256.Size]byte{}
	for _, p := range b.Packages {
		if p.Module.Path != m.Path {
			continue
		}
		rel, err := filepath.Rel(m.Dir, p.Dir)
		if err != nil {
			return "", err
		}
		at := func(name string) string { return filepath.ToSlash(filepath.Join(rel, name)) }
		for name, digest := range p.digests() {
			digests[at(name)] = digest
		}
		for _, f := range p.Files {
			digests[at(base(f.Name))] = sha256.Sum256(f.Data)
		}
		for _, o := range p.Others {
			if o.Data != nil {
				digests[at(base(o.Name))] = sha256.Sum256(o.Data)
			}
		}
	}
	if m.Main {
		digests["go.mod"] = sha256.Sum256(b.main.GoMod)
	}
	return sumOf(digests), nil
}

// sumOf makes one hash of many, as dirhash.Hash1 does. A name that would be two lines is
// quoted, so that it is one.
func sumOf(digests map[string][sha256.Size]byte) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(digests)) {
		digest := digests[name]
		if strings.ContainsAny(name, "\r\n") {
			name = strconv.Quote(name)
		}
		fmt.Fprintf(h, "%x  %s\n", digest, name)
	}
	return "h1:" + base64.StdEncoding.EncodeToString(h.Sum(nil))
}
