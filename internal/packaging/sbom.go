package packaging

import (
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// SBOM is what the extension is made of, in SPDX 2.3: its files, the Go modules in it with
// their hashes, the kit and the compiler, as the module's provenance has them.
func (e *Extension) SBOM() ([]byte, error) {
	const nobody = "NOASSERTION"
	digest := sha256.New()
	for _, f := range e.Files {
		fmt.Fprintf(digest, "%q %x\n", f.Name, sha256.Sum256(f.Data))
	}
	doc := &v2_3.Document{
		SPDXVersion: v2_3.Version, DataLicense: v2_3.DataLicense, SPDXIdentifier: "DOCUMENT",
		DocumentName:      e.Base(),
		DocumentNamespace: fmt.Sprintf("https://spdx.org/spdxdocs/%s-%x", e.Base(), digest.Sum(nil)[:16]),
		CreationInfo: &v2_3.CreationInfo{
			Created:  e.Time.UTC().Format(time.RFC3339),
			Creators: []common.Creator{{CreatorType: "Tool", Creator: "pgbuild"}},
		},
	}
	add := func(id, name, version, location, license string) *v2_3.Package {
		p := &v2_3.Package{
			PackageName: name, PackageSPDXIdentifier: common.ElementID(id), PackageVersion: version,
			PackageDownloadLocation: cmp.Or(location, nobody), PackageLicenseConcluded: nobody,
			PackageLicenseDeclared: cmp.Or(license, nobody), PackageCopyrightText: nobody,
		}
		doc.Packages = append(doc.Packages, p)
		return p
	}
	relate := func(a, how, b string) {
		doc.Relationships = append(doc.Relationships, &v2_3.Relationship{
			RefA: common.MakeDocElementID("", a), RefB: common.MakeDocElementID("", b), Relationship: how,
		})
	}
	const root = "Package-extension"
	p := add(root, e.Name, e.Version, e.Homepage, e.License)
	p.PrimaryPackagePurpose = "LIBRARY"
	p.PackageSummary = e.title()
	relate("DOCUMENT", "DESCRIBES", root)
	for i, f := range e.Files {
		sum1, sum := sha1.Sum(f.Data), sha256.Sum256(f.Data)
		file := &v2_3.File{
			FileName: "./" + f.Name, FileSPDXIdentifier: common.ElementID(fmt.Sprintf("File-%d", i)),
			Checksums: []common.Checksum{
				{Algorithm: common.SHA1, Value: hex.EncodeToString(sum1[:])}, {Algorithm: common.SHA256, Value: hex.EncodeToString(sum[:])},
			},
			LicenseConcluded: nobody, FileCopyrightText: nobody,
		}
		doc.Files = append(doc.Files, file)
		relate(root, "CONTAINS", string(file.FileSPDXIdentifier))
	}
	if r := e.Provenance; r != nil {
		for i, m := range r.Modules {
			path, version := m.Path, m.Version
			if m.Replace != nil && m.Replace.Version != "" {
				path, version = m.Replace.Path, m.Replace.Version
			}
			id := fmt.Sprintf("Package-module-%d", i)
			release := semver.IsValid(version) // not that of a folder
			if !release {
				version = ""
			}
			q := add(id, path, version, "", "")
			if release {
				q.PackageDownloadLocation = "https://proxy.golang.org/" + escaped(path) + "/@v/" + version + ".zip"
				q.PackageExternalReferences = []*v2_3.PackageExternalReference{{
					Category: "PACKAGE-MANAGER", RefType: "purl", Locator: "pkg:golang/" + path + "@" + version,
				}}
			}
			// A hash of Go's is one over a list of the files' hashes.
			if sum, ok := strings.CutPrefix(m.Sum, "h1:"); ok {
				if raw, err := base64.StdEncoding.DecodeString(sum); err == nil {
					q.PackageComment = "go.sum: " + m.Sum + " (SHA-256 over a list of files: " + hex.EncodeToString(raw) + ")"
				}
			}
			relate(root, "STATIC_LINK", id)
		}
		add("Package-kit", "github.com/pgstd/pgstd", r.Kit.Version, "", "").PackageComment = "digest " + r.Kit.Digest
		relate(root, "STATIC_LINK", "Package-kit")
		add("Package-go", "go", strings.TrimPrefix(r.Go, "go"), "https://go.dev/dl/", "BSD-3-Clause")
		relate("Package-go", "BUILD_TOOL_OF", root)
	}
	text, err := indented(doc)
	if err != nil {
		return nil, fmt.Errorf("writing the list of what it is made of: %w", err)
	}
	return text, nil
}

// escaped is a module's path as a proxy has it.
func escaped(path string) string {
	if escaped, err := module.EscapePath(path); err == nil {
		return escaped
	}
	return path
}
