//go:build postgres && pgstdtest

package net

// Every connection of a test build is one in memory.

func (fd *netFD) closeRead() error { return fd.fakeNetFD.closeRead() }

func (fd *netFD) closeWrite() error { return fd.fakeNetFD.closeWrite() }
