package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// OwnMemory is what a process of a server has in memory besides what lies in files, in kB: pages of
// its own, and those that it shares with others to be written. Where the kernel does not tell
// the caller more of the process than sums, files in a file system in memory count, too.
func OwnMemory(pid int) (kb int, err error) {
	mappings, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps", pid))
	if errors.Is(err, fs.ErrPermission) {
		return ownSums(pid)
	}
	if err != nil {
		return 0, err
	}
	counted := ""
	for line := range bytes.Lines(mappings) {
		f := strings.Fields(string(line))
		switch {
		case len(f) >= 5 && strings.Contains(f[0], "-"):
			counted = "Anonymous:"
			if strings.HasSuffix(f[1], "s") {
				counted = "Rss:"
			}
		case len(f) == 3 && f[0] == counted:
			kb += number(f[1])
		}
	}
	return kb, nil
}

func ownSums(pid int) (kb int, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(status) {
		if f := strings.Fields(string(line)); len(f) == 3 && (f[0] == "RssAnon:" || f[0] == "RssShmem:") {
			kb += number(f[1])
		}
	}
	return kb, nil
}

// number is one that the kernel has written.
func number(s string) (n int) {
	fmt.Sscan(s, &n)
	return n
}
