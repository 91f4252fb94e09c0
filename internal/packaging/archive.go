package packaging

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"path"
)

// writeTar writes files with the folders that they lie in.
func (e *Extension) writeTar(w io.Writer, prefix string, dirs bool, files []placed) error {
	t := tar.NewWriter(w)
	header := func(name string, size int64) *tar.Header {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: prefix + name, Size: size, Mode: 0o644, ModTime: e.Time, Uname: "root", Gname: "root", Format: tar.FormatUSTAR}
		if size < 0 {
			h.Typeflag, h.Name, h.Size, h.Mode = tar.TypeDir, h.Name+"/", 0, 0o755
		}
		return h
	}
	if dirs {
		for _, dir := range folders(files) {
			if err := t.WriteHeader(header(dir, -1)); err != nil {
				return err
			}
		}
	}
	for _, f := range files {
		if err := t.WriteHeader(header(f.path, int64(len(f.data)))); err != nil {
			return err
		}
		if _, err := t.Write(f.data); err != nil {
			return err
		}
	}
	return t.Close()
}

func (e *Extension) tarGz(prefix string, dirs bool, files []placed) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if err := e.writeTar(z, prefix, dirs, files); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// readme says what to do with an archive.
const readme = `%s %s for PostgreSQL %d on linux/%s

lib/        goes to:  pg_config --pkglibdir
share/      goes to:  pg_config --sharedir

    cp lib/*               "$(pg_config --pkglibdir)"
    cp share/extension/*   "$(pg_config --sharedir)/extension"

and then, in a database: CREATE EXTENSION %s
sbom.spdx.json says what it is made of, and pgbuild verify whether that is true.
`

// TarGz makes an archive for any server.
func (e *Extension) TarGz() (*Artifact, error) {
	sbom, err := e.SBOM()
	if err != nil {
		return nil, err
	}
	meta, err := e.Meta()
	if err != nil {
		return nil, err
	}
	files := e.place("lib", "share",
		placed{"README", fmt.Appendf(nil, readme, e.Name, e.Version, e.Major, e.GOARCH, e.Name)},
		placed{"sbom.spdx.json", sbom}, placed{"META.json", meta})
	data, err := e.tarGz(e.Base()+"/", true, files)
	if err != nil {
		return nil, fmt.Errorf("writing the archive: %w", err)
	}
	return &Artifact{Name: e.Base() + ".tar.gz", Data: data}, nil
}

// documents are what a distribution's package says of itself, in a folder for that.
func (e *Extension) documents(dir string) ([]placed, error) {
	sbom, err := e.SBOM()
	return []placed{{path.Join(dir, "sbom.spdx.json"), sbom}}, err
}
