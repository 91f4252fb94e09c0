package object

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// Instructions of the tests.
const (
	nop  = 0xd503201f
	ret  = 0xd65f03c0
	load = 0x3dc09400 // ldr q0, [x0, #592]
	svc  = 0xd4000001
)

// b is a branch over so many words, forward or back.
func b(words int) uint32 { return 0x14000000 | uint32(words)&0x3ffffff }

// Code of one function of four words, and what lies behind it.
func TestVeneers(t *testing.T) {
	for _, test := range []struct {
		name     string
		function [4]uint32
		behind   []uint32
		want     string // part of what is refused; empty: nothing is
	}{
		{"padding", [4]uint32{nop, nop, nop, ret}, []uint32{nop, 0, nop}, ""},
		{"moved", [4]uint32{nop, b(5), nop, ret}, []uint32{b(6), nop, load, b(-5), 0, 0}, ""},
		{"stayed", [4]uint32{nop, load, nop, ret}, []uint32{b(6), nop, load, b(-5), 0, 0}, ""},
		{"two", [4]uint32{b(6), b(7), nop, ret}, []uint32{b(6), nop, load, b(-6), load, b(-7)}, ""},
		{"another instruction", [4]uint32{nop, b(5), nop, ret}, []uint32{b(6), nop, svc, b(-5)}, "belongs to no function"},
		{"a harmless one", [4]uint32{nop, b(5), nop, ret}, []uint32{b(6), nop, ret, b(-5)}, "belongs to no function"},
		{"back to elsewhere", [4]uint32{nop, b(5), nop, ret}, []uint32{b(6), nop, load, b(-4)}, "belongs to no function"},
		{"back behind the function", [4]uint32{nop, nop, nop, b(3)}, []uint32{b(6), nop, load, b(-3)}, "belongs to no function"},
		{"no way back", [4]uint32{nop, b(5), nop, ret}, []uint32{b(6), nop, load, nop}, "belongs to no function"},
		{"back from elsewhere", [4]uint32{nop, nop, nop, ret}, []uint32{b(6), nop, load, b(-5)}, "belongs to no function"},
		{"from elsewhere", [4]uint32{nop, b(5), b(4), ret}, []uint32{b(6), nop, load, b(-5)}, "moved out of another place"},
		{"behind its start", [4]uint32{nop, b(5), b(5), ret}, []uint32{b(6), nop, load, b(-5)}, "where no instruction starts"},
		{"onto one that is not used", [4]uint32{b(6), load, nop, ret}, []uint32{b(6), nop, load, b(-5)}, "moved out of another place"},
		{"onto the branch over it", [4]uint32{nop, b(5), b(2), ret}, []uint32{b(6), nop, load, b(-5)}, "where no instruction starts"},
		{"a branch out of the gap", [4]uint32{nop, nop, nop, ret}, []uint32{b(-4)}, "belongs to no function"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var text []byte
			for _, w := range slices.Concat(test.function[:], test.behind) {
				text = binary.LittleEndian.AppendUint32(text, w)
			}
			const base = 0x10000
			size := uint64(len(text))
			report := &Report{}
			g := &gate{Report: report, goText: span{base, base + size}, functions: []function{{span: span{base, base + 16}}}}
			c := &checker{
				gate: g, text: text, base: base,
				starts: newBits(size), targets: newBits(size),
			}
			c.arm64()
			c.checkTargets()
			var said []string
			for _, f := range report.Findings {
				said = append(said, f.What)
			}
			if all := strings.Join(said, "; "); (len(said) == 0) != (test.want == "") || !strings.Contains(all, test.want) {
				t.Errorf("%q, want %q", all, test.want)
			}
		})
	}
}
