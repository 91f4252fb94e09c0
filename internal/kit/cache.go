package kit

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// PrivateDir makes sure that a cache folder is there and that nobody else can put
// anything into it: what lies there goes into objects without a further look.
func PrivateDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the cache: %w; set XDG_CACHE_HOME to a folder that can be written to", err)
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return fmt.Errorf("looking at the cache: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("looking at the cache: %w", err)
	}
	if owner := owner(info); owner != os.Geteuid() {
		return fmt.Errorf("the cache folder %s belongs to user %d, who could change what user %d builds; set XDG_CACHE_HOME to another folder (or call sudo with -H)",
			dir, owner, os.Geteuid())
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("others can write into the cache folder %s and could change what is built; take that right away with: chmod -R go-w %s", dir, dir)
	}
	// Whoever can rename a folder above can put another one in its place.
	for up := filepath.Dir(dir); ; up = filepath.Dir(up) {
		info, err := os.Stat(up)
		if err != nil {
			return fmt.Errorf("looking at the cache: %w", err)
		}
		if info.Mode().Perm()&0o002 != 0 && info.Mode()&os.ModeSticky == 0 {
			return fmt.Errorf("everybody can write into %s and replace the cache folder in it; take that right away with: chmod o-w %s", up, up)
		}
		if up == filepath.Dir(up) {
			return nil
		}
	}
}

func owner(info os.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return -1
}
