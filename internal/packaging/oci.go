package packaging

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// WriteOCI writes an image of OCI's layout into a folder, for one or more architectures of
// one major: what CloudNativePG mounts as an extension's image, with lib and share at its
// root. Nothing runs in it.
func WriteOCI(dir string, all ...*Extension) error {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, e := range all {
		image, err := e.image()
		if err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: e.GOARCH}},
		})
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making a folder for the image: %w", err)
	}
	// One index within: its reference is the image's name.
	e := all[0]
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return fmt.Errorf("writing the image: %w", err)
	}
	err = path.AppendIndex(index, layout.WithAnnotations(map[string]string{
		"org.opencontainers.image.ref.name": fmt.Sprintf("%s:%s-%d", e.plainName(), e.plainVersion(), e.Major),
	}))
	if err != nil {
		return fmt.Errorf("writing the image: %w", err)
	}
	return nil
}

func (e *Extension) image() (v1.Image, error) {
	sbom, err := e.SBOM()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := e.writeTar(&b, "", true, e.place("lib", "share", placed{"sbom.spdx.json", sbom})); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil },
		tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, fmt.Errorf("making the image's layer: %w", err)
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	if image, err = mutate.AppendLayers(image, layer); err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = "linux", e.GOARCH, v1.Time{Time: e.Time}
	config.Config.Labels = map[string]string{
		"org.opencontainers.image.title":       e.Name,
		"org.opencontainers.image.version":     e.Version,
		"org.opencontainers.image.description": e.title(),
		"org.opencontainers.image.licenses":    e.license(),
		"org.opencontainers.image.authors":     e.Maintainer,
	}
	for i := range config.History {
		config.History[i] = v1.History{Created: v1.Time{Time: e.Time}, CreatedBy: "pgbuild package"}
	}
	return mutate.ConfigFile(image, config)
}

// FilesIn lists the files of a folder, with their paths in it, in order.
func FilesIn(dir string) (names []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			names = append(names, path)
		}
		return err
	})
	slices.Sort(names)
	return names, err
}

// ImageName is the name of the folder of an image.
func (e *Extension) ImageName() string {
	return fmt.Sprintf("%s-%s-pg%d-oci", e.plainName(), e.plainVersion(), e.Major)
}
