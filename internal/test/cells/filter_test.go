// Package cells tests what holds a cell: the filter of system calls.
package cells

import (
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write host/cell/filter.h anew")

const (
	table  = "../../../host/cell/filter.txt"
	header = "../../../host/cell/filter.h"
)

// What linux/bpf_common.h, linux/seccomp.h and linux/audit.h call these.
const (
	loadWord   = 0x20 // BPF_LD | BPF_W | BPF_ABS
	jumpSet    = 0x45 // BPF_JMP | BPF_JSET | BPF_K
	jumpEqual  = 0x15 // BPF_JMP | BPF_JEQ | BPF_K
	returnWord = 0x06 // BPF_RET | BPF_K

	numberAt = 0 // of struct seccomp_data
	archAt   = 4
	flagsAt  = 16 + 3*8 // the low half of the fourth argument: both architectures are little-endian

	allow = 0x7fff0000
	kill  = 0x80000000 // the process
)

// What sys/mman.h calls these.
const (
	mapShared    = 0x01
	mapAnonymous = 0x20
	mapGrowsDown = 0x100
)

// arch is one that cells run on.
type arch struct {
	name, macro string
	audit       uint32
}

var archs = []arch{{"amd64", "__x86_64__", 0xc000003e}, {"arm64", "__aarch64__", 0xc00000b7}}

// row is one system call of the table.
type row struct {
	name, reason string
	numbers      []int // by architecture; -1: it has none
	private      bool  // mmap: without a file, of memory that is private and does not grow by itself
}

func readTable(t *testing.T) []row {
	t.Helper()
	data, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for n, line := range strings.Split(string(data), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		what, reason, ok := strings.Cut(line, " -- ")
		fields := strings.Fields(what)
		private := len(fields) > 0 && fields[len(fields)-1] == "private"
		if private {
			fields = fields[:len(fields)-1]
		}
		if !ok || len(fields) != 1+len(archs) || strings.TrimSpace(reason) == "" {
			t.Fatalf("filter.txt:%d: want NAME, a number for each architecture, and a reason", n+1)
		}
		r := row{name: fields[0], reason: reason, private: private}
		for _, f := range fields[1:] {
			number, err := strconv.Atoi(f)
			if f == "-" {
				number, err = -1, nil
			}
			if err != nil {
				t.Fatalf("filter.txt:%d: %v", n+1, err)
			}
			r.numbers = append(r.numbers, number)
		}
		rows = append(rows, r)
	}
	return rows
}

// instruction is a struct sock_filter.
type instruction struct {
	code   uint16
	jt, jf uint8
	k      uint32
	says   string
}

// compile makes the filter of an architecture: first that the call is one of it, then a
// comparison for each row. What matches none falls through to the kill.
func compile(rows []row, a int) []instruction {
	program := []instruction{
		{loadWord, 0, 0, archAt, "the architecture by which the call is made"},
		{jumpEqual, 1, 0, archs[a].audit, archs[a].name},
		{returnWord, 0, 0, kill, ""},
		{loadWord, 0, 0, numberAt, "its number"},
	}
	for _, r := range rows {
		if r.numbers[a] < 0 {
			continue
		}
		if r.private {
			program = append(program,
				instruction{jumpEqual, 0, 6, uint32(r.numbers[a]), r.name},
				instruction{loadWord, 0, 0, flagsAt, "its flags"},
				instruction{jumpSet, 3, 0, mapGrowsDown, "MAP_GROWSDOWN"},
				instruction{jumpSet, 0, 1, mapAnonymous, "MAP_ANONYMOUS"},
				instruction{jumpSet, 1, 0, mapShared, "MAP_SHARED"},
				instruction{returnWord, 0, 0, allow, ""},
				instruction{returnWord, 0, 0, kill, ""})
			continue
		}
		program = append(program,
			instruction{jumpEqual, 0, 1, uint32(r.numbers[a]), r.name},
			instruction{returnWord, 0, 0, allow, ""})
	}
	return append(program, instruction{returnWord, 0, 0, kill, ""})
}

func render(rows []row) string {
	var b strings.Builder
	b.WriteString("/* Made of filter.txt by internal/test/cells: go test ./internal/test/cells -update */\n")
	b.WriteString("#ifndef PGSTD_CELL_FILTER_H\n#define PGSTD_CELL_FILTER_H\n\n")
	for i, a := range archs {
		fmt.Fprintf(&b, "#%s defined(%s)\n", []string{"if", "elif"}[min(i, 1)], a.macro)
		b.WriteString("static const struct sock_filter filter[] = {\n")
		for _, in := range compile(rows, i) {
			fmt.Fprintf(&b, "\t{%#04x, %d, %d, %#x},", in.code, in.jt, in.jf, in.k)
			if in.says != "" {
				fmt.Fprintf(&b, "\t/* %s */", in.says)
			}
			b.WriteByte('\n')
		}
		b.WriteString("};\n")
	}
	b.WriteString("#endif\n\n#endif\t\t\t\t\t\t\t/* PGSTD_CELL_FILTER_H */\n")
	return b.String()
}

func TestFilterIsThatOfTheTable(t *testing.T) {
	want := render(readTable(t))
	if *update {
		if err := os.WriteFile(header, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(header)
	if err != nil || string(got) != want {
		t.Errorf("host/cell/filter.h is not what filter.txt makes; go test ./internal/test/cells -update (%v)", err)
	}
}

// run is the kernel's part: it follows a filter for one call.
func run(t *testing.T, program []instruction, audit, number, flags uint32) uint32 {
	t.Helper()
	data := make([]byte, 64)
	binary.LittleEndian.PutUint32(data[numberAt:], number)
	binary.LittleEndian.PutUint32(data[archAt:], audit)
	binary.LittleEndian.PutUint32(data[flagsAt:], flags)
	var a uint32
	for pc := 0; pc < len(program); pc++ {
		switch in := program[pc]; in.code {
		case loadWord:
			a = binary.LittleEndian.Uint32(data[in.k:])
		case jumpEqual:
			if a == in.k {
				pc += int(in.jt)
			} else {
				pc += int(in.jf)
			}
		case jumpSet:
			if a&in.k != 0 {
				pc += int(in.jt)
			} else {
				pc += int(in.jf)
			}
		case returnWord:
			return in.k
		default:
			t.Fatalf("instruction %#x", in.code)
		}
	}
	t.Fatal("the filter has no end")
	return 0
}

// TestFilterDecides puts every number to the filters, of this architecture, of the other, and of
// the 32-bit forms that a 64-bit kernel takes from the same process.
func TestFilterDecides(t *testing.T) {
	const (
		last    = 4096
		x32     = 0x40000000
		auditI  = 0x40000003 // i386
		auditAR = 0x40000028 // arm
	)
	rows := readTable(t)
	for i, a := range archs {
		allowed := map[uint32]bool{}
		for _, r := range rows {
			if r.numbers[i] >= 0 {
				allowed[uint32(r.numbers[i])] = true
			}
		}
		program := compile(rows, i)
		for n := range uint32(last) {
			want := uint32(kill)
			if allowed[n] {
				want = allow
			}
			if got := run(t, program, a.audit, n, 0); got != want {
				t.Errorf("%s, call %d: %#x, want %#x", a.name, n, got, want)
			}
			for _, other := range []uint32{archs[1-i].audit, auditI, auditAR, 0} {
				if got := run(t, program, other, n, 0); got != kill {
					t.Errorf("%s, call %d by architecture %#x: %#x", a.name, n, other, got)
				}
			}
			for _, form := range []uint32{x32 | n, ^uint32(0) - n} {
				if got := run(t, program, a.audit, form, 0); got != kill {
					t.Errorf("%s, call %#x: %#x", a.name, form, got)
				}
			}
		}
		mmap := rows[slices.IndexFunc(rows, func(r row) bool { return r.name == "mmap" })].numbers[i]
		for flags, want := range map[uint32]uint32{
			0x02:                   allow, // MAP_PRIVATE
			mapShared:              allow, // of a file
			mapAnonymous | 0x02:    allow,
			mapAnonymous:           allow, // the kernel refuses it
			mapAnonymous | 0x01:    kill,
			mapAnonymous | 0x03:    kill, // MAP_SHARED_VALIDATE
			mapGrowsDown | 0x22:    kill,
			mapGrowsDown | 0x02:    kill,
			0x100000 | 0x02 | 0x20: allow, // MAP_FIXED_NOREPLACE
		} {
			if got := run(t, program, a.audit, uint32(mmap), flags); got != want {
				t.Errorf("%s, mmap with flags %#x: %#x, want %#x", a.name, flags, got, want)
			}
		}
	}
}

// TestTableHasNothingThatReachesOut keeps names out that would undo the rest.
func TestTableHasNothingThatReachesOut(t *testing.T) {
	for _, r := range readTable(t) {
		for _, bad := range []string{"open", "write", "send", "socket", "connect", "exec", "fork", "clone", "kill", "ptrace", "process_vm", "prctl", "shm", "ioctl", "fcntl", "dup", "mremap", "memfd", "bpf", "keyctl", "io_uring", "userfaultfd", "seccomp"} {
			if strings.Contains(r.name, bad) {
				t.Errorf("%s is in the table", r.name)
			}
		}
	}
}
