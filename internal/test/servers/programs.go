package servers

import (
	"context"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// direct makes the programs in a folder under root take loader and libraries of root, by
// the name that it will have, final.
func direct(ctx context.Context, root, final, programs string) error {
	patchelf, err := lookPath("patchelf")
	if err != nil {
		return err
	}
	dir := filepath.Join(root, programs)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	folders, err := libraryFolders(root)
	if err != nil {
		return err
	}
	for i, folder := range folders {
		folders[i] = filepath.Join(final, folder)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue // another name of a program
		}
		path := filepath.Join(dir, e.Name())
		loader, err := interpreter(path)
		if err != nil {
			return err
		}
		if loader == "" {
			continue // a script
		}
		if loader, err = find(root, loader); err != nil {
			return err
		}
		// DT_RPATH, unlike DT_RUNPATH, also holds for what libraries and modules need.
		if err := run(ctx, patchelf, "--set-interpreter", filepath.Join(final, loader),
			"--force-rpath", "--set-rpath", strings.Join(folders, ":"), path); err != nil {
			return err
		}
	}
	return nil
}

// libraryFolders finds the folders that hold shared libraries, but for plug-ins.
func libraryFolders(root string) (folders []string, err error) {
	for _, pattern := range []string{"usr/lib/*-linux-gnu", "lib/*-linux-gnu"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, err
		}
		for _, folder := range found {
			folders = append(folders, strings.TrimPrefix(folder, root+"/"))
		}
	}
	if len(folders) == 0 {
		return nil, fmt.Errorf("%s has no folder of libraries", root)
	}
	return folders, nil
}

// interpreter is the loader that a program asks for; empty if it is none of machine code.
func interpreter(path string) (string, error) {
	f, err := elf.Open(path)
	if err != nil {
		if _, ok := err.(*elf.FormatError); ok {
			return "", nil
		}
		return "", err
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		name := make([]byte, p.Filesz)
		if _, err := p.ReadAt(name, 0); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		return strings.TrimRight(string(name), "\x00"), nil
	}
	return "", nil
}

// find looks for a file of the system. What programs call /lib64 is a link to /usr/lib64 in
// a whole one, and not in a folder of packages.
func find(root, name string) (string, error) {
	for _, at := range []string{name, "/usr" + name} {
		if _, err := os.Stat(filepath.Join(root, at)); err == nil {
			return at, nil
		}
	}
	return "", fmt.Errorf("%s has no %s", root, name)
}

// lookPath finds a program that Debian has in a package of its name.
func lookPath(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("%w: there is no %s; install it (apt-get install %[2]s)", ErrUnavailable, program)
	}
	return path, nil
}

// run runs a step, whose last words are in the error if it fails.
func run(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return fmt.Errorf("%w: %s: %w: %s", ErrUnavailable, filepath.Base(program), err, strings.Join(lines[max(0, len(lines)-5):], "\n"))
}
