//go:build postgres

//pgstd:add

package cpu

// PgstdAnswers are those of CPUID that the host has: for each the leaf, the subleaf, and EAX to
// EDX. The runtime sets them before it has this package find out what the processor can do.
var PgstdAnswers [][6]uint32

// pgstdCPUID is cpuid for what may be known.
func pgstdCPUID(leaf, subleaf uint32) (eax, ebx, ecx, edx uint32) {
	for i := range PgstdAnswers {
		if a := &PgstdAnswers[i]; a[0] == leaf && a[1] == subleaf {
			return a[2], a[3], a[4], a[5]
		}
	}
	return cpuid(leaf, subleaf)
}
