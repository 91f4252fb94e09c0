//go:build postgres && !pgstdtest

// Time zones are those of the host, and so PostgreSQL's own. Package
// time/tzdata, if a program imports it, is asked after that.
package time

import (
	"errors"
	_ "unsafe" // for go:linkname
)

// initLocal: a function must not depend on the machine that it runs on, nor on
// the session's TimeZone at the moment when the world was started.
func initLocal() { localLoc.name = "UTC" }

// pgstd_timezone copies the file of a time zone into buf as far as that goes. It
// returns the size of the file, or -1 if there is none of that name.
//
//go:linkname pgstd_timezone runtime.pgstd_timezone
//pgstd:add
func pgstd_timezone(name string, buf []byte) int

// LoadLocation does not look for files, in whatever folder.
func LoadLocation(name string) (*Location, error) {
	switch name {
	case "", "UTC":
		return UTC, nil
	case "Local":
		return Local, nil
	}
	if containsDotDot(name) || name[0] == '/' || name[0] == '\\' {
		return nil, errLocation
	}
	return loadLocation(name, nil)
}

func loadLocation(name string, sources []string) (*Location, error) {
	buf := make([]byte, 2048) // about half of the files are smaller
	n := pgstd_timezone(name, buf)
	if n > len(buf) {
		buf = make([]byte, n)
		n = pgstd_timezone(name, buf)
	}
	if n > 0 && n <= len(buf) {
		return LoadLocationFromTZData(name, buf[:n])
	}
	if loadFromEmbeddedTZData != nil {
		if data, err := loadFromEmbeddedTZData(name); err == nil {
			return LoadLocationFromTZData(name, []byte(data))
		}
	}
	return nil, errors.New("unknown time zone " + name)
}
