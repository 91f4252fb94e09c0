//go:build postgres

//pgstd:add

package runtime

// pgstdHardware has nothing to tell: CPUID says what the processor can do.
func pgstdHardware() {}
