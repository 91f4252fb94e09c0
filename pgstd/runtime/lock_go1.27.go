//go:build postgres && go1.27

package runtime

const mutexMLocksDelta = 16

// pgstdLockDelta is what one runtime lock adds to m.locks.
//
//pgstd:add
const pgstdLockDelta = mutexMLocksDelta
