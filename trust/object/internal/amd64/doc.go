// Package amd64 measures and classifies x86-64 instructions, for the object
// gate: how long one is, whether it may stand in an object, and where it goes if
// it is a direct branch.
//
// It knows what unprivileged code of compilers uses: the general instructions,
// x87, SSE to AVX-512. What enters the kernel, needs privileges, or changes state
// that belongs to the host (segments, the thread pointer, protection keys, shadow
// stacks, whole register files) is forbidden; what it does not know is unknown,
// and the gate refuses both. It names no operands: for that there is
// golang.org/x/arch/x86/x86asm, which is some fifty times slower.
package amd64

// Kind says what an instruction is to the gate.
type Kind uint8

const (
	Plain     Kind = iota // harmless, goes on to the next one or leaves by a register
	Branch                // harmless, and may go to Target
	Forbidden             // must not stand in an object; see Reason
	Unknown               // not an instruction that compilers emit, or cut off
)

// Inst is an instruction.
type Inst struct {
	Kind   Kind
	Reason Reason // of what is forbidden
	Len    int    // bytes; 0 if it is unknown
	// Target of a branch and Address of a memory operand, if UsesAddress, are
	// relative to the end of the instruction.
	Target      int64
	Address     int64
	UsesAddress bool
	// Return says that it is a plain RET.
	Return bool
}

// Reason is why an instruction is forbidden.
type Reason uint8

const (
	_ Reason = iota
	SystemCall
	Interrupt
	FarTransfer
	Privileged
	Ports
	Segments
	ThreadPointer
	ProtectionKeys
	StateRestore
	ShadowStack
	Virtualization
	Transactions
	UserInterrupts
)

var reasons = [...]string{
	SystemCall:     "enters the kernel",
	Interrupt:      "raises an interrupt",
	FarTransfer:    "goes through a gate or to another code segment",
	Privileged:     "is for the kernel",
	Ports:          "is input or output by ports",
	Segments:       "loads a segment register",
	ThreadPointer:  "moves the thread pointer of the host",
	ProtectionKeys: "changes protection keys",
	StateRestore:   "loads processor state as a whole",
	ShadowStack:    "changes the shadow stack",
	Virtualization: "is for virtual machines or enclaves",
	Transactions:   "starts or ends a memory transaction",
	UserInterrupts: "is about interrupts in user mode",
}

func (r Reason) String() string { return reasons[r] }
