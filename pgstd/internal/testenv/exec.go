//go:build postgres && !pgstdtest

package testenv

import "errors"

// A test build asks, as stock Go does: a test can start itself, and what its host lets it.

func tryGoBuild() error { return errors.New("no processes: a world starts none") }

func tryExec() error { return errors.New("no processes: a world starts none") }

// CanInternalLink: nothing can be linked where nothing can be started.
func CanInternalLink(withCgo bool) bool { return false }
