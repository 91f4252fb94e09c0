package kit

// HostDebug names a build of the host that is for tests of the host's own code:
// it shows reads of memory that is no longer there. The object gate has not seen such
// a file, and would not let it pass. Objects are as always.
type HostDebug string

const (
	// DebugClobber overwrites what is freed, in the whole server process, and the
	// memory of a world when it is discarded.
	DebugClobber HostDebug = "clobber"
	// DebugAddress does so, too, and compiles the host for AddressSanitizer: the
	// server has to run with libasan preloaded.
	DebugAddress HostDebug = "address"
)

// Flags compile and link such a host.
func (d HostDebug) Flags() []string {
	switch d {
	case DebugClobber:
		return []string{"-g", "-DPGSTD_CLOBBER"}
	case DebugAddress:
		// No red zones on stacks: the sanitizer would have to be told of each switch
		// to another one. None around variables: a host has no code that runs at load.
		return []string{
			"-g", "-O1", "-fno-omit-frame-pointer", "-DPGSTD_CLOBBER",
			"-fsanitize=address", "--param=asan-stack=0", "--param=asan-globals=0",
		}
	}
	return nil
}

// Sources are what such a host has besides.
func (d HostDebug) Sources() []string {
	if d == "" {
		return nil
	}
	return []string{"postgres/base/debug.c"}
}
