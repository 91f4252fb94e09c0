package pgabi

import (
	"testing"
	"unsafe"
)

// TestLayout holds what the runtime and host/abi.h take for granted.
func TestLayout(t *testing.T) {
	var s Slot
	if unsafe.Sizeof(s) != 16 || unsafe.Offsetof(s.Flags) != 8 || unsafe.Offsetof(s.Size) != 12 {
		t.Error("Slot has another layout")
	}
	var f Function
	word := unsafe.Sizeof(uintptr(0))
	if unsafe.Sizeof(f) != 7*word || unsafe.Offsetof(f.Signature) != 2*word || unsafe.Offsetof(f.Details) != 4*word || unsafe.Offsetof(f.Call) != 6*word {
		t.Error("Function has another layout")
	}
	if unsafe.Sizeof(ErrorData{}) != 20*word {
		t.Error("ErrorData has another layout")
	}
}

func TestValidSQLState(t *testing.T) {
	for code, want := range map[string]bool{
		"22023": true, "P0001": true, "XX000": true, "ZZZZZ": true, "03000": true,
		"00000": false, "01000": false, "02000": false, "2202": false, "220233": false,
		"p0001": false, "2202 ": false, "": false, "22é3": false,
	} {
		if got := validSQLState(code); got != want {
			t.Errorf("validSQLState(%q) = %v", code, got)
		}
	}
}
