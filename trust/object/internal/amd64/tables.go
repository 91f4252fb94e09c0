package amd64

// What follows an opcode, and what becomes of it.
type attr uint8

const (
	none  attr = iota // nothing follows
	m                 // ModRM
	i8                // immediate byte
	iz                // immediate of operand size, at most 4 bytes
	iv                // immediate of operand size, 8 bytes with REX.W
	i16               // immediate of two bytes
	i24               // ENTER's three
	mi8               // ModRM and immediate byte
	miz               // ModRM and immediate of operand size
	addr              // an address in full
	j8                // branch by a byte
	jz                // branch by four bytes
	group             // ModRM, which decides; see groups.go
	bad               // unknown
	sys               // forbidden: the reasons are in forbidden
)

// One byte. 0f, the prefixes and those of vectors do not get here.
var oneByte = [256]attr{
	//   0     1      2      3      4     5     6      7      8      9      a      b      c      d     e      f
	m, m, m, m, i8, iz, bad, bad, m, m, m, m, i8, iz, bad, bad, // 0
	m, m, m, m, i8, iz, bad, bad, m, m, m, m, i8, iz, bad, bad, // 1
	m, m, m, m, i8, iz, bad, bad, m, m, m, m, i8, iz, bad, bad, // 2
	m, m, m, m, i8, iz, bad, bad, m, m, m, m, i8, iz, bad, bad, // 3
	bad, bad, bad, bad, bad, bad, bad, bad, bad, bad, bad, bad, bad, bad, bad, bad, // 4: REX
	none, none, none, none, none, none, none, none, none, none, none, none, none, none, none, none, // 5
	bad, bad, bad, m, bad, bad, bad, bad, iz, miz, i8, mi8, sys, sys, sys, sys, // 6
	j8, j8, j8, j8, j8, j8, j8, j8, j8, j8, j8, j8, j8, j8, j8, j8, // 7
	mi8, miz, bad, mi8, m, m, m, m, m, m, m, m, m, m, sys, group, // 8
	none, none, none, none, none, none, none, none, none, none, bad, none, none, none, none, none, // 9
	addr, addr, addr, addr, none, none, none, none, i8, iz, none, none, none, none, none, none, // a
	i8, i8, i8, i8, i8, i8, i8, i8, iv, iv, iv, iv, iv, iv, iv, iv, // b
	mi8, mi8, i16, none, bad, bad, group, group, i24, none, sys, sys, none, group, bad, sys, // c
	m, m, m, m, bad, bad, bad, none, m, m, m, m, m, m, m, m, // d
	j8, j8, j8, j8, sys, sys, sys, sys, jz, jz, bad, j8, sys, sys, sys, sys, // e
	bad, sys, bad, bad, sys, none, group, group, none, none, sys, sys, none, none, group, group, // f
}

// Two bytes, after 0f.
var twoBytes = [256]attr{
	sys, group, sys, sys, bad, sys, sys, sys, sys, sys, bad, none, bad, m, bad, bad, // 0
	m, m, m, m, m, m, m, m, m, m, bad, bad, m, m, m, m, // 1
	sys, sys, sys, sys, bad, bad, bad, bad, m, m, m, m, m, m, m, m, // 2
	sys, none, sys, sys, sys, sys, bad, sys, bad, bad, bad, bad, bad, bad, bad, bad, // 3
	m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, // 4
	m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, // 5
	m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, // 6
	mi8, mi8, mi8, mi8, m, m, m, none, sys, sys, bad, bad, m, m, m, m, // 7
	jz, jz, jz, jz, jz, jz, jz, jz, jz, jz, jz, jz, jz, jz, jz, jz, // 8
	m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, // 9
	none, sys, none, m, mi8, m, bad, bad, none, sys, sys, m, mi8, m, group, m, // a
	m, m, sys, m, sys, sys, m, m, m, m, mi8, m, m, m, m, m, // b
	m, m, mi8, m, mi8, mi8, mi8, group, none, none, none, none, none, none, none, none, // c
	m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, // d
	m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, // e
	m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, // f
}

// forbiddenOne and forbiddenTwo hold the reasons of what the tables call sys.
var forbiddenOne = map[byte]Reason{
	0x6c: Ports, 0x6d: Ports, 0x6e: Ports, 0x6f: Ports, // INS, OUTS
	0x8e: Segments,                       // MOV to a segment register
	0xca: FarTransfer, 0xcb: FarTransfer, // RETF
	0xcf: FarTransfer,                                  // IRET
	0xe4: Ports, 0xe5: Ports, 0xe6: Ports, 0xe7: Ports, // IN, OUT
	0xec: Ports, 0xed: Ports, 0xee: Ports, 0xef: Ports,
	0xf1: Interrupt,  // INT1
	0xf4: Privileged, // HLT
	0xfa: Privileged, // CLI
	0xfb: Privileged, // STI
}

var forbiddenTwo = map[byte]Reason{
	0x00: Privileged,                                                       // SLDT, STR, LLDT, LTR, VERR, VERW
	0x02: Segments,                                                         // LAR
	0x03: Segments,                                                         // LSL
	0x05: SystemCall,                                                       // SYSCALL
	0x06: Privileged,                                                       // CLTS
	0x07: SystemCall,                                                       // SYSRET
	0x08: Privileged,                                                       // INVD
	0x09: Privileged,                                                       // WBINVD
	0x20: Privileged, 0x21: Privileged, 0x22: Privileged, 0x23: Privileged, // control and debug registers
	0x30: Privileged,                           // WRMSR
	0x32: Privileged,                           // RDMSR
	0x33: Privileged,                           // RDPMC
	0x34: SystemCall,                           // SYSENTER
	0x35: SystemCall,                           // SYSEXIT
	0x37: Virtualization,                       // GETSEC
	0x78: Virtualization, 0x79: Virtualization, // VMREAD, VMWRITE
	0xa1: Segments, 0xa9: Segments, // POP FS, POP GS
	0xaa: Privileged,                               // RSM
	0xb2: Segments, 0xb4: Segments, 0xb5: Segments, // LSS, LFS, LGS
}
