package objfile

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

const (
	archiveMagic  = "!<arch>\n"
	archiveHeader = 60
)

// Member returns the content of one member of a Unix archive, as written by
// cmd/link -buildmode=c-archive. The result aliases archive.
func Member(archive []byte, name string) ([]byte, error) {
	if !bytes.HasPrefix(archive, []byte(archiveMagic)) {
		return nil, fmt.Errorf("not an archive")
	}
	rest := archive[len(archiveMagic):]
	for len(rest) >= archiveHeader {
		header := rest[:archiveHeader]
		rest = rest[archiveHeader:]
		size, err := strconv.Atoi(strings.TrimSpace(string(header[48:58])))
		if err != nil || size < 0 || size > len(rest) || string(header[58:60]) != "`\n" {
			return nil, fmt.Errorf("damaged archive header")
		}
		if strings.TrimRight(string(header[:16]), " /") == name {
			return rest[:size], nil
		}
		rest = rest[min(size+size&1, len(rest)):]
	}
	return nil, fmt.Errorf("no member %s in the archive", name)
}
