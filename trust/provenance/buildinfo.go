package provenance

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"runtime/debug"
)

// BuildInfoSection is where the Go linker leaves what a file was built from.
const BuildInfoSection = ".go.buildinfo"

const (
	infoMagic  = "\xff Go buildinf:"
	infoHeader = 32
	infoInline = 2  // flag: the strings follow
	infoMarker = 16 // bytes around the list of modules
)

// BuildInfo reads the Go linker's own record from a relocatable object.
// debug/buildinfo reads executables only.
func BuildInfo(object []byte) (*debug.BuildInfo, error) {
	f, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		return nil, err
	}
	s := f.Section(BuildInfoSection)
	if s == nil {
		return nil, fmt.Errorf("no section %s", BuildInfoSection)
	}
	data, err := s.Data()
	if err != nil {
		return nil, err
	}
	return ParseBuildInfo(data)
}

// ParseBuildInfo reads the content of BuildInfoSection.
func ParseBuildInfo(data []byte) (*debug.BuildInfo, error) {
	damaged := fmt.Errorf("section %s is not what the Go linker makes", BuildInfoSection)
	if len(data) < infoHeader || !bytes.HasPrefix(data, []byte(infoMagic)) || data[15]&infoInline == 0 {
		return nil, damaged
	}
	data = data[infoHeader:]
	var texts [2]string
	for i := range texts {
		size, n := binary.Uvarint(data)
		if n <= 0 || size > uint64(len(data)-n) {
			return nil, damaged
		}
		texts[i] = string(data[n:][:size])
		data = data[n:][size:]
	}
	info := &debug.BuildInfo{}
	if modules := texts[1]; len(modules) >= 2*infoMarker {
		var err error
		if info, err = debug.ParseBuildInfo(modules[infoMarker : len(modules)-infoMarker]); err != nil {
			return nil, err
		}
	}
	info.GoVersion = texts[0]
	return info, nil
}

// develop is the version of what has none.
const develop = "(devel)"

// Says reports whether a module of a record may be one that the Go linker names: it is the
// same, or says more, namely what a folder holds.
func (m Module) Says(linked Module) bool {
	if m.Path != linked.Path || m.Version != linked.Version || linked.Sum != "" && m.Sum != linked.Sum {
		return false
	}
	if r := linked.Replace; r != nil && r.Version == "" && r.Path == vendorFolder+m.Path && m.Sum != "" {
		return true // the release, or what stands in its place, out of the vendor folder
	}
	return (m.Replace == nil) == (linked.Replace == nil) && (m.Replace == nil || *m.Replace == *linked.Replace)
}

// vendorFolder is where builds find vendored modules, as replacements.
const vendorFolder = "./vendor/"

// FromBuildInfo fills in what the Go linker knows: the toolchain and the modules.
// A folder has no sum there, and a vendored module is one.
func (r *Record) FromBuildInfo(info *debug.BuildInfo) {
	r.Go = info.GoVersion
	add := func(m *debug.Module) {
		if m == nil || m.Path == "" {
			return
		}
		entry := Module{Path: m.Path, Version: m.Version, Sum: m.Sum}
		if m.Replace != nil {
			entry.Sum = m.Replace.Sum
			entry.Replace = &Replacement{m.Replace.Path, m.Replace.Version}
			if entry.Replace.Version == develop {
				entry.Replace.Version = ""
			}
		}
		r.Modules = append(r.Modules, entry)
	}
	add(&info.Main)
	for _, m := range info.Deps {
		add(m)
	}
}
