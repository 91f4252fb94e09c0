//go:build postgres

package runtimetest

// onTarget: these tests run in a world.
const onTarget = true
