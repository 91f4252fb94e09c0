//go:build postgres

// What tests of the standard library can ask for, and what there is of it in a
// world. The rest of the package builds on these.
package testenv

// HasParallelism: a world has one thread.
func HasParallelism() bool { return false }

// HasExternalNetwork: not even an internal one but for test builds.
func HasExternalNetwork() bool { return false }

func hasCgo() bool { return false }

// CPUProfilingBroken: no signal tells where the time goes.
func CPUProfilingBroken() bool { return true }
