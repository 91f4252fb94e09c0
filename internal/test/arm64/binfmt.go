package arm64

import (
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	binfmtDir = "/proc/sys/fs/binfmt_misc"
	// ownEntry is what we call the kernel's entry if there is none yet.
	ownEntry = "pgstd-aarch64"
)

// The start of an ELF file for arm64, and which of its bits count: those of shared
// objects are programs, too, and any operating system's.
const (
	elfMagic = "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
	elfMask  = "\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
)

// binfmt is what this process has told the kernel.
type binfmt struct {
	mounted    bool
	registered bool
}

// register sees to it that the kernel runs programs for arm64, also where the
// emulator is not in sight. It uses an entry that is there.
func register() (*binfmt, error) {
	qemu, err := exec.LookPath("qemu-aarch64-static")
	if err != nil {
		return nil, fmt.Errorf("%w: qemu-aarch64-static is not in PATH; install it (apt-get install qemu-user-static)", ErrUnavailable)
	}
	b := &binfmt{}
	if _, err := os.Stat(filepath.Join(binfmtDir, "register")); err != nil {
		if err := syscall.Mount("binfmt_misc", binfmtDir, "binfmt_misc", 0, ""); err != nil {
			return nil, fmt.Errorf("%w: the kernel does not mount binfmt_misc: %w", ErrUnavailable, err)
		}
		b.mounted = true
	}
	entries, _ := filepath.Glob(filepath.Join(binfmtDir, "*"))
	for _, entry := range entries {
		if text, err := os.ReadFile(entry); err == nil && serves(string(text)) {
			// Our own is of a process that was killed; this one removes it.
			b.registered = filepath.Base(entry) == ownEntry
			return b, nil
		}
	}
	rule := fmt.Sprintf(":%s:M::%s:%s:%s:F", ownEntry, escape(elfMagic), escape(elfMask), qemu)
	if err := os.WriteFile(filepath.Join(binfmtDir, "register"), []byte(rule), 0); err != nil {
		err = fmt.Errorf("%w: the kernel takes no entry for arm64 into binfmt_misc: %w", ErrUnavailable, err)
		b.unregister()
		return nil, err
	}
	b.registered = true
	return b, nil
}

// serves tells whether the text of an entry says that it runs arm64 programs, with an
// emulator that the kernel keeps open (F): inside another file system, its path means
// nothing.
func serves(entry string) bool {
	lines := strings.Split(entry, "\n")
	enabled, open, arm64 := lines[0] == "enabled", false, false
	for _, line := range lines {
		if flags, ok := strings.CutPrefix(line, "flags: "); ok {
			open = strings.Contains(flags, "F")
		}
		if magic, ok := strings.CutPrefix(line, "magic "); ok {
			arm64 = strings.TrimSpace(magic) == hex.EncodeToString([]byte(elfMagic))
		}
	}
	return enabled && open && arm64
}

func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, `\x%02x`, s[i])
	}
	return b.String()
}

func (b *binfmt) unregister() error {
	if b.registered {
		if err := os.WriteFile(filepath.Join(binfmtDir, ownEntry), []byte("-1"), 0); err != nil {
			return fmt.Errorf("removing the kernel's entry for arm64: %w", err)
		}
	}
	if b.mounted {
		if err := syscall.Unmount(binfmtDir, 0); err != nil {
			return fmt.Errorf("unmounting binfmt_misc: %w", err)
		}
	}
	*b = binfmt{}
	return nil
}
