// Package arm64 classifies AArch64 instructions for the object gate: whether one
// may stand in an object, and where it goes if it is a direct branch.
//
// It looks at branches, exceptions and system instructions one by one, and at the
// rest by group: data processing, loads and stores cannot leave user mode. It
// names no operands: for that there is golang.org/x/arch/arm64/arm64asm.
package arm64

// Kind says what an instruction is to the gate.
type Kind uint8

const (
	Plain     Kind = iota // harmless, goes on to the next one or leaves by a register
	Branch                // harmless, and may go to Target
	Literal               // loads a constant from Target, of Size bytes, which is data among code
	Forbidden             // must not stand in an object; see Reason
	Unknown               // not an instruction that compilers emit
)

// Inst is an instruction.
type Inst struct {
	Kind   Kind
	Reason Reason // of what is forbidden
	Target int64  // relative to the instruction
	Size   int64  // of a literal
	// Ends says that the next instruction is not reached from this one.
	Ends bool
	// Return says that it is a plain RET.
	Return bool
}

// Reason is why an instruction is forbidden.
type Reason uint8

const (
	_ Reason = iota
	SystemCall
	Debug
	Privileged
	ThreadPointer
	StateChange
)

var reasons = [...]string{
	SystemCall:    "enters the kernel",
	Debug:         "stops for a debugger",
	Privileged:    "is for the kernel",
	ThreadPointer: "moves the thread pointer of the host",
	StateChange:   "changes processor state that is the host's",
}

func (r Reason) String() string { return reasons[r] }

// Decode looks at an instruction word.
func Decode(w uint32) Inst {
	switch w >> 25 & 15 {
	case 0:
		if w>>16 == 0 { // UDF, which pads, and traps
			return Inst{Ends: true}
		}
		return Inst{Kind: Unknown}
	case 1, 2, 3: // unallocated, or vectors of variable length, which Go does not use
		return Inst{Kind: Unknown}
	case 10, 11:
		return branches(w)
	case 4, 6, 12, 14:
		return literals(w)
	}
	return Inst{}
}

// literals are loads relative to the instruction, among loads and stores.
func literals(w uint32) Inst {
	if w&0x3b000000 != 0x18000000 {
		return Inst{}
	}
	inst := Inst{Kind: Literal, Target: signed(w>>5, 19)}
	vector := w>>26&1 == 1
	switch opc := w >> 30; {
	case vector && opc == 3:
		return Inst{Kind: Unknown}
	case opc == 3: // PRFM: touches no register
		return Inst{}
	case opc == 0, opc == 2 && !vector:
		inst.Size = 4
	case opc == 1:
		inst.Size = 8
	default:
		inst.Size = 16
	}
	return inst
}

// branches are branches, exceptions and system instructions.
func branches(w uint32) Inst {
	switch {
	case w>>26&0x1f == 5: // B, BL
		return Inst{Kind: Branch, Target: signed(w, 26), Ends: w>>31 == 0}
	case w>>25&0x3f == 0x1a: // CBZ, CBNZ
		return Inst{Kind: Branch, Target: signed(w>>5, 19)}
	case w>>25&0x3f == 0x1b: // TBZ, TBNZ
		return Inst{Kind: Branch, Target: signed(w>>5, 14)}
	case w>>24 == 0x54: // B.cond, BC.cond
		return Inst{Kind: Branch, Target: signed(w>>5, 19)}
	case w>>24 == 0xd4:
		return exception(w)
	case w>>22 == 0x354:
		return system(w)
	case w>>25 == 0x6b:
		return register(w)
	}
	return Inst{Kind: Unknown}
}

func exception(w uint32) Inst {
	switch opc, ll := w>>21&7, w&3; {
	case w>>2&7 != 0:
		return Inst{Kind: Unknown}
	case opc == 0 && ll != 0: // SVC, HVC, SMC
		return Inst{Kind: Forbidden, Reason: SystemCall}
	case opc == 1 && ll == 0: // BRK, Go's and C's trap
		return Inst{Ends: true}
	case opc == 2 && ll == 0, opc == 5: // HLT, DCPS
		return Inst{Kind: Forbidden, Reason: Debug}
	}
	return Inst{Kind: Unknown}
}

// register are branches to where a register says.
func register(w uint32) Inst {
	if w>>16&0x1f != 0x1f {
		return Inst{Kind: Unknown}
	}
	switch opc := w >> 21 & 15; opc {
	case 0, 8: // BR, BRAA
		return Inst{Ends: true}
	case 1, 9: // BLR, BLRAA
		return Inst{}
	case 2: // RET, RETAA
		return Inst{Ends: true, Return: w == 0xd65f03c0}
	case 4, 5: // ERET, DRPS
		return Inst{Kind: Forbidden, Reason: Privileged}
	}
	return Inst{Kind: Unknown}
}

// field is what a system instruction is about: op0, op1, CRn, CRm, op2.
type field [5]uint32

// Registers that an object may write, and cache operations that it may ask for.
var (
	writable = map[field]bool{
		{3, 3, 4, 2, 0}: true, // NZCV
		{3, 3, 4, 2, 5}: true, // DIT: constant time, for cryptography
		{3, 3, 4, 4, 0}: true, // FPCR
		{3, 3, 4, 4, 1}: true, // FPSR
	}
	threadPointer = field{3, 3, 13, 0, 2}
	operations    = map[field]bool{
		{1, 3, 7, 4, 1}:  true, // DC ZVA
		{1, 3, 7, 5, 1}:  true, // IC IVAU
		{1, 3, 7, 10, 1}: true, // DC CVAC
		{1, 3, 7, 11, 1}: true, // DC CVAU
		{1, 3, 7, 14, 1}: true, // DC CIVAC
	}
	states = map[field]bool{ // of MSR with an immediate; CRm is the value
		{0, 0, 4, 0, 0}: true, // CFINV
		{0, 0, 4, 0, 1}: true, // XAFLAG
		{0, 0, 4, 0, 2}: true, // AXFLAG
		{0, 3, 4, 0, 2}: true, // DIT
		{0, 3, 4, 0, 1}: true, // SSBS
	}
)

func system(w uint32) Inst {
	f := field{w >> 19 & 3, w >> 16 & 7, w >> 12 & 15, w >> 8 & 15, w >> 5 & 7}
	if w>>21&1 == 1 { // read
		if f[0] >= 2 {
			return Inst{} // MRS
		}
		return Inst{Kind: Forbidden, Reason: Privileged}
	}
	switch {
	case f[0] >= 2 && writable[f], f[0] == 1 && operations[f]:
		return Inst{}
	case f == threadPointer:
		return Inst{Kind: Forbidden, Reason: ThreadPointer}
	case f[0] != 0:
		return Inst{Kind: Forbidden, Reason: Privileged}
	case f[1] == 3 && f[2] == 2, f[1] == 3 && f[2] == 3: // hints, barriers
		return Inst{}
	case f[2] == 4:
		if states[field{0, f[1], 4, 0, f[4]}] {
			return Inst{}
		}
		return Inst{Kind: Forbidden, Reason: StateChange}
	}
	return Inst{Kind: Unknown}
}

// signed is a field of n bits that counts words.
func signed(w uint32, n int) int64 {
	return int64(int32(w<<(32-n))>>(32-n)) * 4
}
