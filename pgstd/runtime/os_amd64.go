//go:build postgres

//pgstd:add

package runtime

import (
	"internal/cpu"
	"unsafe"
)

// pgstdHardware tells package internal/cpu what CPUID has told the host.
func pgstdHardware() {
	config := pgstdControl.config
	cpu.PgstdAnswers = unsafe.Slice((*[6]uint32)(unsafe.Pointer(config.answers)), config.nanswers)
}
