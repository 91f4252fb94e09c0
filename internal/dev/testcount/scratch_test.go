package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestScratch: a run empties the folder of what others have left, and not while one is at work.
func TestScratch(t *testing.T) {
	memory, err := os.MkdirTemp("/dev/shm", "scratch-")
	if err != nil {
		t.Skip(err)
	}
	defer os.RemoveAll(memory)
	dir, done, err := scratch(memory)
	if err != nil {
		t.Fatal(err)
	}
	if dir == "" {
		t.Skip("/dev/shm is none, or too small")
	}
	file := filepath.Join(dir, "left", "behind")
	if err := os.MkdirAll(file, 0o755); err != nil {
		t.Fatal(err)
	}
	again, second, err := scratch(memory)
	if _, lost := os.Stat(file); err != nil || again != dir || lost != nil {
		t.Errorf("beside another run: %q, %v, %v", again, err, lost)
	}
	done()
	second()
	again, third, err := scratch(memory)
	if _, lost := os.Stat(file); err != nil || again != dir || !os.IsNotExist(lost) {
		t.Errorf("after a run: %q, %v, %v", again, err, lost)
	}
	third()
}

// TestNoScratch: a file system on a disk is none, as is a folder that somebody else has made.
func TestNoScratch(t *testing.T) {
	if dir, done, err := scratch("/proc"); dir != "" || err != nil {
		t.Errorf("%q, %v", dir, err)
	} else {
		done()
	}
	if dir, done, err := scratch("/absent"); dir != "" || err != nil {
		t.Errorf("%q, %v", dir, err)
	} else {
		done()
	}
}
