//go:build !postgres

package runtimetest

// onTarget: these tests run in a world. This is an ordinary process.
const onTarget = false
