package packaging

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/blakesmith/ar"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/pgstd/pgstd/trust/provenance"
)

func example(arch string) *Extension {
	return &Extension{
		Name: "text_kit", Version: "1.2-beta", Comment: "functions\nfor texts", License: "MIT", Maintainer: "Ann <ann@example.org>",
		Homepage: "https://example.org", Major: 17, GOARCH: arch, Time: time.Unix(1e9, 0).UTC(),
		Files: []File{{"text_kit.so", []byte("module " + arch)}, {"text_kit.so.minisig", []byte("signature")}, {"text_kit.control", []byte("control")}, {"text_kit--1.2-beta.sql", []byte("script")}},
		Provenance: &provenance.Record{Go: "go1.26.8", Modules: []provenance.Module{
			{Path: "example.org/m", Version: "(devel)"}, {Path: "github.com/BurntSushi/toml", Version: "v1.5.0", Sum: "h1:W5quZX/G/csjUnuI8SUYlsHs9M38FC7znL0lIO+DvMg="},
		}},
	}
}

func names(t *testing.T, r io.Reader) (all []string) {
	t.Helper()
	for files := tar.NewReader(r); ; {
		h, err := files.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.ModTime.Unix() != 1e9 {
			t.Errorf("%+v", h)
		}
		if h.Typeflag == tar.TypeReg {
			all = append(all, h.Name)
		}
	}
}

func unzipped(t *testing.T, r io.Reader) io.Reader {
	t.Helper()
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func wantNames(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s has %q, want %q", what, got, want)
	}
}

// The same input makes the same bytes, at the places that a distribution has for them.
func TestPackages(t *testing.T) {
	for name, make := range map[string]func(*Extension) (*Artifact, error){"tar.gz": (*Extension).TarGz, "deb": (*Extension).Deb, "rpm": (*Extension).RPM} {
		a, err := make(example("arm64"))
		if err != nil {
			t.Fatal(err)
		}
		again, err := make(example("arm64"))
		if err != nil || !bytes.Equal(a.Data, again.Data) || a.Name != again.Name {
			t.Errorf("%s: another time it is another one, %v", name, err)
		}
		switch name {
		case "tar.gz":
			const root = "text-kit-1.2~beta-pg17-linux-arm64/"
			if a.Name != strings.TrimSuffix(root, "/")+".tar.gz" {
				t.Error(a.Name)
			}
			wantNames(t, name, names(t, unzipped(t, bytes.NewReader(a.Data))), root+"lib/text_kit.so", root+"lib/text_kit.so.minisig",
				root+"share/extension/text_kit.control", root+"share/extension/text_kit--1.2-beta.sql", root+"README", root+"META.json", root+"sbom.spdx.json")
		case "deb":
			if a.Name != "postgresql-17-text-kit_1.2~beta-1_arm64.deb" {
				t.Error(a.Name)
			}
			r := ar.NewReader(bytes.NewReader(a.Data))
			for _, part := range []string{"debian-binary", "control.tar.gz", "data.tar.gz"} {
				h, err := r.Next()
				if err != nil || h.Name != part {
					t.Fatalf("%v, %v, want %s", h, err, part)
				}
				data, err := io.ReadAll(r)
				if err != nil {
					t.Fatal(err)
				}
				switch part {
				case "control.tar.gz":
					wantNames(t, part, names(t, unzipped(t, bytes.NewReader(data))), "./control", "./md5sums")
				case "data.tar.gz":
					wantNames(t, part, names(t, unzipped(t, bytes.NewReader(data))), "./usr/lib/postgresql/17/lib/text_kit.so", "./usr/lib/postgresql/17/lib/text_kit.so.minisig",
						"./usr/share/postgresql/17/extension/text_kit.control", "./usr/share/postgresql/17/extension/text_kit--1.2-beta.sql", "./usr/share/doc/postgresql-17-text-kit/sbom.spdx.json")
				}
			}
		case "rpm":
			if a.Name != "text_kit_17-1.2~beta-1.aarch64.rpm" || !bytes.HasPrefix(a.Data, []byte{0xed, 0xab, 0xee, 0xdb}) || !bytes.Contains(a.Data, []byte("/usr/pgsql-17/lib/")) {
				t.Error(a.Name)
			}
		}
	}
}

func TestOCI(t *testing.T) {
	dirs := []string{filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")}
	for _, dir := range dirs {
		if err := WriteOCI(dir, example("amd64"), example("arm64")); err != nil {
			t.Fatal(err)
		}
		index, err := layout.ImageIndexFromPath(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Index(index); err != nil {
			t.Error(err)
		}
		m, err := index.IndexManifest()
		if err != nil || len(m.Manifests) != 1 || m.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != "text-kit:1.2~beta-17" {
			t.Fatalf("%+v, %v", m, err)
		}
		inner, err := index.ImageIndex(m.Manifests[0].Digest)
		if err != nil {
			t.Fatal(err)
		}
		if m, err = inner.IndexManifest(); err != nil || len(m.Manifests) != 2 || m.Manifests[1].Platform.Architecture != "arm64" {
			t.Fatalf("%+v, %v", m, err)
		}
		image, err := inner.Image(m.Manifests[1].Digest)
		if err != nil {
			t.Fatal(err)
		}
		layers, err := image.Layers()
		if err != nil || len(layers) != 1 {
			t.Fatal(layers, err)
		}
		r, err := layers[0].Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		wantNames(t, "image", names(t, r), "lib/text_kit.so", "lib/text_kit.so.minisig", "share/extension/text_kit.control", "share/extension/text_kit--1.2-beta.sql", "sbom.spdx.json")
	}
	files, err := FilesIn(dirs[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		a, err := os.ReadFile(name)
		b, err2 := os.ReadFile(dirs[1] + strings.TrimPrefix(name, dirs[0]))
		if err != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s is another one the next time: %v, %v", name, err, err2)
		}
	}
}

func TestDocuments(t *testing.T) {
	sbom, err := example("amd64").SBOM()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"spdxVersion": "SPDX-2.3"`, `"referenceLocator": "pkg:golang/github.com/BurntSushi/toml@v1.5.0"`,
		`"https://proxy.golang.org/github.com/!burnt!sushi/toml/@v/v1.5.0.zip"`, `"name": "example.org/m"`, `"fileName": "./text_kit.so"`, `"versionInfo": "1.26.8"`,
	} {
		if !bytes.Contains(sbom, []byte(want)) {
			t.Errorf("no %s in\n%s", want, sbom)
		}
	}
	if bytes.Contains(sbom, []byte("(devel)")) {
		t.Error("a folder has a version")
	}
	meta, err := example("amd64").Meta()
	if err != nil || !bytes.Contains(meta, []byte(`"version": "1.2.0-beta"`)) || !bytes.Contains(meta, []byte(`"license": "mit"`)) {
		t.Errorf("%s, %v", meta, err)
	}
	t.Setenv(EpochVariable, "x")
	if _, err := Time(); err == nil {
		t.Error("x is a time")
	}
}
