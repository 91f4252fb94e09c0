package inspect

import (
	_ "embed"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"

	htmlpage "github.com/pgstd/pgstd/internal/page"
	"github.com/pgstd/pgstd/trust/object"
	"github.com/pgstd/pgstd/trust/provenance"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(htmlpage.Functions).Funcs(template.FuncMap{
	"bytes": Bytes,
	"join":  strings.Join,
	"px":    func(f float64) float64 { return math.Round(f*10) / 10 },
	"add":   func(a float64, b int) float64 { return a + float64(b) },
	"label": func(t Tile) string { return label(t, plainLetter) },
	"title": func(t Tile) string { return label(t, boldLetter) },
}).Parse(pageText))

// Size of the map.
const mapWidth, mapHeight = 1120, 560

// other names what sections hold that is not shown by package.
var other = map[string]string{
	".gopclntab":   "tables of functions and lines",
	".rodata":      "constants",
	".data.rel.ro": "types and tables of methods",
	".rela.dyn":    "relocations",
	".dynsym":      "symbols", ".dynstr": "symbols", ".gnu.hash": "symbols",
	".eh_frame": "unwind tables", ".eh_frame_hdr": "unwind tables",
}

// items are the parts of a file by what they belong to.
func (f *File) items() []Item {
	byModule := map[string][]Item{}
	for _, p := range f.Contents.Packages {
		module := p.Module
		if module == "" {
			module = p.Path
		}
		byModule[module] = append(byModule[module], Item{Name: p.Path, Size: p.Size})
	}
	var items []Item
	for module, packages := range byModule {
		name := module
		if module == "std" {
			name = "standard library"
		}
		if len(packages) == 1 && packages[0].Name == module {
			packages = nil
		}
		item := Item{Name: name, Items: packages}
		for _, p := range f.Contents.Packages {
			if p.Module == module || p.Module == "" && p.Path == module {
				item.Size += p.Size
			}
		}
		items = append(items, item)
	}
	rest := map[string]uint64{}
	for _, s := range f.Contents.Sections {
		switch name := other[s.Name]; {
		case s.Name == ".text":
		case name != "":
			rest[name] += s.File
		default:
			rest["data and the rest"] += s.File
		}
	}
	for name, size := range rest {
		items = append(items, Item{Name: name, Size: size})
	}
	slices.SortFunc(items, func(a, b Item) int { return strings.Compare(a.Name, b.Name) })
	return items
}

// Widths of a letter, of the widest of usual fonts.
const plainLetter, boldLetter = 6.8, 8.2

// label is a name that has room in a tile, or nothing.
func label(t Tile, perLetter float64) string {
	name := t.Name
	room := int((t.W - 6) / perLetter)
	if t.H < 14 || room < 3 {
		return ""
	}
	if len(name) > room {
		if slash := strings.LastIndexByte(name, '/'); slash >= 0 {
			name = name[slash+1:]
		}
	}
	if len(name) > room {
		name = name[:room-1] + "…"
	}
	return name
}

// class says in which colour a part of the file is shown.
func (f *File) class(item Item) string {
	switch {
	case item.Name == "standard library":
		return "std"
	case item.Name == object.HostCode:
		return "host"
	case f.Origin != nil && len(f.Origin.Modules) > 0 && item.Name == f.Origin.Modules[0].Path:
		return "own"
	case f.Origin != nil && slices.ContainsFunc(f.Origin.Modules, func(m provenance.Module) bool { return m.Path == item.Name }):
		return "dependency"
	}
	return "rest"
}

// WriteHTML writes one page that needs nothing else: no script, no font, no
// picture from elsewhere.
func (f *File) WriteHTML(w io.Writer) error {
	type group struct {
		Tile
		Class string
	}
	data := struct {
		*File
		Width, Height int
		Groups        []group
	}{File: f, Width: mapWidth, Height: mapHeight}
	if f.Good {
		for _, t := range treemap(f.items(), rect{0, 0, mapWidth, mapHeight}) {
			data.Groups = append(data.Groups, group{t, f.class(t.Item)})
		}
	}
	return page.Execute(w, data)
}
