package sandbox

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Limits hold for the processes of a command. Zero stands for the default, a
// negative value for no limit.
type Limits struct {
	CPU     time.Duration // processor time of each process
	Memory  int64         // address space of each process, in bytes
	Output  int64         // size of each file that is written, in bytes
	Timeout time.Duration // how long a command may take
	Yield   bool          // processes give way to all others that want a processor
}

// DefaultLimits are far above what a large program takes to build on a slow machine.
var DefaultLimits = Limits{CPU: 5 * time.Minute, Memory: 4 << 30, Output: 1 << 30, Timeout: 20 * time.Minute}

// yielding is the nice value of what gives way: a tenth of a processor's time, where others want all of it.
const yielding = 10

// leastMemory is more than any tool's own code and data take.
const leastMemory = 64 << 20

func (l Limits) withDefaults() Limits {
	if l.CPU == 0 {
		l.CPU = DefaultLimits.CPU
	}
	if l.Memory == 0 {
		l.Memory = DefaultLimits.Memory
	}
	if l.Output == 0 {
		l.Output = DefaultLimits.Output
	}
	if l.Timeout == 0 {
		l.Timeout = DefaultLimits.Timeout
	}
	return l
}

// lower returns the lower of two limits.
func lower[T int64 | time.Duration](a, b T) T {
	if b > 0 && (a <= 0 || b < a) {
		return b
	}
	return a
}

// LimitError says that a command was ended by a limit.
type LimitError struct {
	Program string // what ran, as "go"
	What    string // what it had too much of, as "memory"
	Limit   string // how much it was allowed, as "4 GB"
	Flag    string // the flag that raises the limit; empty if there is none
}

func (e *LimitError) Error() string {
	if e.Flag == "" {
		return fmt.Sprintf("%s was ended: it took more than %s of %s", e.Program, e.Limit, e.What)
	}
	return fmt.Sprintf("%s was ended: it took more than %s of %s; if the source is worth it, raise the limit with %s",
		e.Program, e.Limit, e.What, e.Flag)
}

// saidMax is how much a tool may print: what it prints is kept in memory.
const saidMax = 64 << 20

// marks are what tools say when the kernel has stopped one of their processes. The
// Go runtime and the C compiler's driver each have words of their own.
var marks = []struct {
	text string
	kind limitKind
}{
	{"SIGXCPU", overCPU},
	{"CPU time limit exceeded", overCPU},
	{"signal: cpu time limit", overCPU},
	{"SIGXFSZ", overOutput},
	{"File size limit exceeded", overOutput},
	{"file size limit exceeded", overOutput},
	{"file too large", overOutput},
	{"File too large", overOutput},
	{"runtime: out of memory", overMemory},
	{"runtime: cannot allocate", overMemory},
	{"fatal error: failed to reserve", overMemory},
	{"out of memory", overMemory},
	{"cannot allocate memory", overMemory},
	{"pthread_create failed", overMemory}, // no room for a stack
	{"Cannot allocate memory", overMemory},
	{"memory exhausted", overMemory},
}

type limitKind int

const (
	overNothing limitKind = iota
	overCPU
	overMemory
	overOutput
	overTime
	overSaid
)

func (l Limits) exceeded(program string, kind limitKind) *LimitError {
	e := &LimitError{Program: program}
	switch kind {
	case overCPU:
		e.What, e.Limit, e.Flag = "processor time", l.CPU.String(), "--limit-cpu"
	case overMemory:
		e.What, e.Limit, e.Flag = "memory", FormatSize(l.Memory), "--limit-memory"
	case overOutput:
		e.What, e.Limit, e.Flag = "space for one file", FormatSize(l.Output), "--limit-output"
	case overTime:
		e.What, e.Limit, e.Flag = "time", l.Timeout.String(), "--timeout"
	case overSaid:
		return &LimitError{Program: program, What: "output", Limit: FormatSize(saidMax)}
	default:
		return nil
	}
	return e
}

// kindOf finds a mark in what a tool has said.
func kindOf(said string) limitKind {
	for _, m := range marks {
		if strings.Contains(said, m.text) {
			return m.kind
		}
	}
	return overNothing
}

// units of sizes, as PostgreSQL's settings have them.
var units = []struct {
	name string
	size int64
}{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"kB", 1 << 10}, {"B", 1}}

// FormatSize writes a size in the largest unit that leaves no fraction.
func FormatSize(n int64) string {
	for _, u := range units {
		if n >= u.size && n%u.size == 0 {
			return fmt.Sprintf("%d %s", n/u.size, u.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}

// ParseSize reads a size with one of PostgreSQL's units, as "512MB" or "4 GB".
func ParseSize(s string) (int64, error) {
	number := strings.TrimRight(s, "TGMkB ")
	unit := strings.TrimSpace(s[len(number):])
	if n, err := strconv.ParseUint(number, 10, 62); err == nil {
		for _, u := range units {
			if unit == u.name && int64(n) <= math.MaxInt64/u.size {
				return int64(n) * u.size, nil
			}
		}
	}
	return 0, fmt.Errorf("%q is no size; write a whole number with a unit, as 512MB or 4GB", s)
}
