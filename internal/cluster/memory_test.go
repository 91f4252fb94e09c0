package cluster

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestOwnMemory: what is mapped from a file does not count until it is written to, be the file in
// memory or not; shared memory does.
func TestOwnMemory(t *testing.T) {
	const size, page = 16 << 20, 4 << 10
	folders := []string{t.TempDir()}
	if dir, err := os.MkdirTemp("/dev/shm", ""); err == nil {
		t.Cleanup(func() { os.RemoveAll(dir) })
		folders = append(folders, dir)
	}
	for _, dir := range folders {
		name := filepath.Join(dir, "mapped")
		if err := os.WriteFile(name, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		before := ownMemory(t)
		memory, err := syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE)
		if err != nil {
			t.Fatal(err)
		}
		sum := byte(0)
		for i := 0; i < size; i += page {
			sum += memory[i]
		}
		read := ownMemory(t)
		for i := 0; i < size; i += page {
			memory[i] = 1
		}
		written := ownMemory(t)
		syscall.Munmap(memory)
		if sum != 0 {
			t.Errorf("%s: the file is not what was written", dir)
		}
		if grown := read - before; grown > size>>11 {
			t.Errorf("%s: %d kB more for a file that was read", dir, grown)
		}
		if grown := written - read; grown < size>>11 {
			t.Errorf("%s: %d kB more for a file's pages that were written to", dir, grown)
		}
	}
	before := ownMemory(t)
	memory, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(memory)
	for i := 0; i < size; i += page {
		memory[i] = 1
	}
	if grown := ownMemory(t) - before; grown < size>>11 {
		t.Errorf("%d kB more for shared memory", grown)
	}
}

func ownMemory(t *testing.T) int {
	t.Helper()
	kb, err := OwnMemory(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	return kb
}
