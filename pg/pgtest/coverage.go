package pgtest

import (
	"fmt"
	"os"
	"strings"
)

// counts are the counters of a file, as "go tool cover" makes them.
type counts struct {
	file    string
	count   []uint32
	pos     []uint32 // of each: first line, last line, columns
	numStmt []uint16
	told    bool
}

var counted []*counts

// RegisterCounts names a file's counters.
func RegisterCounts(file string, count, pos []uint32, numStmt []uint16) {
	counted = append(counted, &counts{file: file, count: count, pos: pos, numStmt: numStmt})
}

// TakeCoverage returns what has been counted since the last time, as lines of a profile of Go's;
// the first time with what was not reached.
func TakeCoverage() string {
	var b strings.Builder
	for _, c := range counted {
		for i, n := range c.count {
			if n == 0 && c.told {
				continue
			}
			columns := c.pos[3*i+2]
			fmt.Fprintf(&b, "%s:%d.%d,%d.%d %d %d\n", c.file, c.pos[3*i], columns&0xffff, c.pos[3*i+1], columns>>16, c.numStmt[i], n)
			c.count[i] = 0
		}
		c.told = true
	}
	return b.String()
}

// CoverageLine begins lines that PrintCoverage prints.
const CoverageLine = "pgbuild coverage: "

// PrintCoverage prints what TakeCoverage returns, each line with CoverageLine before it.
func PrintCoverage() {
	for _, line := range strings.SplitAfter(TakeCoverage(), "\n") {
		if line != "" {
			os.Stdout.WriteString(CoverageLine + line)
		}
	}
}
