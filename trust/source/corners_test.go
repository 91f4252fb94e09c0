package source

import (
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/surface"
)

// TestRefusedCorners: what the table of the library's corners says that the gate refuses,
// it refuses.
func TestRefusedCorners(t *testing.T) {
	for _, c := range surface.Corners() {
		if c.Judgement != surface.Refused {
			continue
		}
		for _, name := range c.Names {
			if name == "syscall.[A-Z]*" {
				continue // all but those that checkRawMemory knows
			}
			if strings.Contains(name, "*") || rawMemory[name] == "" {
				t.Errorf("corners.txt says that the gate refuses %s", name)
			}
		}
	}
}
