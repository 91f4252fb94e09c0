package kit

import (
	"fmt"
	"sync"

	"github.com/pgstd/pgstd/internal/scratch"
)

// workspaces are those of this process, by path.
var workspaces sync.Map

// Workspace makes the private folder of a build.
func Workspace() (string, func(), error) {
	f, err := scratch.Make("", scratch.Prefix)
	if err != nil {
		return "", nil, fmt.Errorf("making a temporary folder: %w; set TMPDIR to one that can be written to", err)
	}
	workspaces.Store(f.Path, f)
	return f.Path, func() { removeWorkspace(f.Path) }, nil
}

// removeWorkspace removes a folder of workspace.
func removeWorkspace(path string) error {
	if f, ok := workspaces.LoadAndDelete(path); ok {
		return f.(*scratch.Folder).Remove()
	}
	return nil
}
