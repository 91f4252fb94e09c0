package gocmd

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// outsideModCache returns a name of the GOROOT root that is not below GOMODCACHE, where the go
// command refuses to apply an overlay (cmd/go/internal/work: "GOMODCACHE may not be replaced").
// Every toolchain that GOTOOLCHAIN downloads lies there. Only the names count, so a symlink does.
func outsideModCache(root, modCache, cacheDir string) (string, error) {
	if modCache == "" || !within(root, modCache) {
		return root, nil
	}
	sum := sha256.Sum256([]byte(root))
	dir := filepath.Join(cacheDir, "goroot")
	link := filepath.Join(dir, strings.ReplaceAll(filepath.Base(root), "@", "-")+"-"+hex.EncodeToString(sum[:4]))
	if within(link, modCache) {
		return "", fmt.Errorf("cache directory %s lies inside GOMODCACHE %s, where go allows no overlay; choose another cache directory", cacheDir, modCache)
	}
	if at, err := os.Readlink(link); err == nil && at == root {
		return link, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making a link to the Go toolchain: %w; choose a writable cache directory", err)
	}
	tmp, err := os.MkdirTemp(dir, ".tmp-")
	if err != nil {
		return "", fmt.Errorf("making a link to the Go toolchain: %w; choose a writable cache directory", err)
	}
	defer os.RemoveAll(tmp)
	made := filepath.Join(tmp, "link")
	if err := os.Symlink(root, made); err != nil {
		return "", fmt.Errorf("making a link to the Go toolchain: %w", err)
	}
	if err := os.Rename(made, link); err != nil {
		return "", fmt.Errorf("making a link to the Go toolchain: %w; remove %s", err, link)
	}
	return link, nil
}

// within reports whether path is dir or lies below it, by name.
func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
