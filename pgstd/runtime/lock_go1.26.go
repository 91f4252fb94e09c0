//go:build postgres && !go1.27

//pgstd:add

package runtime

// pgstdLockDelta is what one runtime lock adds to m.locks.
const pgstdLockDelta = 1
