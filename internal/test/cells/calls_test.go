package cells

import (
	"bufio"
	"bytes"
	"errors"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// unfiltered are calls of amd64 that kernels since 6.14 let through without asking any filter. They
// belong to the kernel's own probes: without one, they fail or end the process.
var unfiltered = map[int]string{335: "uretprobe", 336: "uprobe"}

// TestCallsEndTheProcess makes every system call from code that owns a locked process: the kernel
// ends it for each that is not in the table, in each form in which a call can be made.
func TestCallsEndTheProcess(t *testing.T) {
	at := slices.IndexFunc(archs, func(a arch) bool { return a.name == runtime.GOARCH })
	if at < 0 {
		t.Skip("cells do not run on " + runtime.GOARCH)
	}
	allowed := map[int]bool{}
	for _, r := range readTable(t) {
		allowed[r.numbers[at]] = true
	}

	program := filepath.Join(t.TempDir(), "calls")
	compile := exec.CommandContext(t.Context(), "gcc", "-D_GNU_SOURCE", "-Wall", "-Werror", "-o", program, "testdata/calls.c")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("compiling testdata/calls.c: %v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), program).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 71 {
		t.Skip("this kernel takes no filter (PGSTD_CELL_EXIT_SECCOMP), and a cell does not start then")
	}
	if err != nil {
		t.Fatal(err)
	}

	made, named, without := 0, 0, false
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); made++ {
		form, rest, _ := strings.Cut(lines.Text(), " ")
		digits, became, _ := strings.Cut(rest, " ")
		if form == "without" {
			if digits != "71" {
				t.Errorf("locked without a filter, a process ends with %s, want PGSTD_CELL_EXIT_SECCOMP", digits)
			}
			without = true
			continue
		}
		if form == "named" {
			if became != strconv.Itoa(int(syscall.SIGSYS)) {
				t.Errorf("%s: %s", digits, became)
			}
			named++
			continue
		}
		number, err := strconv.Atoi(digits)
		if err != nil {
			t.Fatal(lines.Text())
		}
		own := form == "native" || form == "injected"
		killed := became == strconv.Itoa(int(syscall.SIGSYS))
		switch {
		case own && allowed[number] && killed:
			t.Errorf("%s call %d of the table ends the process", form, number)
		case own && runtime.GOARCH == "amd64" && unfiltered[number] != "":
		case own && !allowed[number] && !killed:
			t.Errorf("%s call %d: %s", form, number, became)
		case form == "i386" && became == strconv.Itoa(int(syscall.SIGSEGV)):
			// A kernel without that gate: nothing was called.
		case !own && !killed:
			t.Errorf("%s call %d: %s", form, number, became)
		}
	}
	if made < 1200 || named < 30 || !without {
		t.Errorf("%d calls were made by number, and %d by name: want 600 of each form, and 30", made, named)
	}
}
