//go:build !postgres

package runtimetest

// onTarget: these tests run in a world. This is an ordinary process.
const onTarget = false

const slicesNone, slicesEvery = 1, 2

// takeTurns is for worlds.
func takeTurns(mode int) (back func()) { return func() {} }
