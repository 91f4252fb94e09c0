package packaging

import (
	"bytes"
	"encoding/json"
	"strings"
)

// licenses are PGXN's names of licenses, by SPDX's.
var licenses = map[string]string{
	"MIT": "mit", "Apache-2.0": "apache_2_0", "PostgreSQL": "postgresql", "BSD-3-Clause": "bsd", "BSD-2-Clause": "bsd",
	"GPL-2.0-only": "gpl_2", "GPL-3.0-only": "gpl_3", "LGPL-3.0-only": "lgpl_3_0", "MPL-2.0": "open_source", "AGPL-3.0-only": "agpl_3",
}

// Meta is META.json, as PGXN wants it beside the source.
func (e *Extension) Meta() ([]byte, error) {
	license := licenses[e.License]
	if license == "" {
		license = "unknown"
	}
	meta := map[string]any{
		"name": e.Name, "abstract": e.title(), "version": semantic(e.Version), "maintainer": e.Maintainer, "license": license,
		"provides":     map[string]any{e.Name: map[string]any{"file": e.Name + "--" + e.Version + ".sql", "version": semantic(e.Version), "abstract": e.title()}},
		"generated_by": "pgbuild",
		"meta-spec":    map[string]string{"version": "1.0.0", "url": "https://pgxn.org/meta/spec.txt"},
	}
	if e.Homepage != "" {
		meta["resources"] = map[string]string{"homepage": e.Homepage}
	}
	return indented(meta)
}

// semantic makes a version of three numbers, as PGXN wants it, of one of fewer.
func semantic(version string) string {
	numbers, rest := version, ""
	if i := strings.IndexAny(version, "-+"); i >= 0 {
		numbers, rest = version[:i], version[i:]
	}
	for strings.Count(numbers, ".") < 2 {
		numbers += ".0"
	}
	return numbers + rest
}

func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.Bytes(), err
}
