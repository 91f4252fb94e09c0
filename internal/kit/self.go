package kit

import (
	"debug/elf"
	"encoding/hex"
	"fmt"
	"os"
	"sync"
)

// ProgramID tells builds of the running program apart: what is kept of the work of one
// must not be taken for that of another, be it only a change in how texts are wrapped.
var ProgramID = sync.OnceValues(func() (string, error) {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return "", fmt.Errorf("reading the running program: %w", err)
	}
	defer f.Close()
	file, err := elf.NewFile(f)
	if err != nil {
		return "", fmt.Errorf("reading the running program: %w", err)
	}
	// Go's own note, with a digest of all that the program was built from.
	if s := file.Section(".note.go.buildid"); s != nil {
		data, err := s.Data()
		return hex.EncodeToString(data), err
	}
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("reading the running program: %w", err)
	}
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano()), nil
})
