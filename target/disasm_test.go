package target_test

import (
	"debug/elf"
	"debug/gosym"
	"fmt"
	"testing"
)

// goFunctions finds the functions of an object by Go's own table, which is there
// after symbols have been stripped.
func goFunctions(t *testing.T, f *elf.File) []gosym.Func {
	t.Helper()
	text, table := f.Section(".text"), f.Section(".gopclntab")
	if text == nil || table == nil {
		t.Fatal("no Go code")
	}
	data, err := table.Data()
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := gosym.NewTable(nil, gosym.NewLineTable(data, text.Addr))
	if err != nil {
		t.Fatal(err)
	}
	return symbols.Funcs
}

// decoders look at the instruction that code starts with: its length, and whether it
// enters the kernel.
var decoders = map[elf.Machine]func(code []byte) (size int, kernel bool, err error){
	elf.EM_X86_64:  decodeX86,
	elf.EM_AARCH64: decodeA64,
}

// systemCalls sweeps over all functions of an object, instruction by instruction,
// and lists those that enter the kernel. It reports how much it has seen, too.
func systemCalls(t *testing.T, f *elf.File) (found []string, functions, instructions int) {
	t.Helper()
	text := f.Section(".text")
	code, err := text.Data()
	if err != nil {
		t.Fatal(err)
	}
	decode := decoders[f.Machine]
	for _, fn := range goFunctions(t, f) {
		if fn.Entry < text.Addr || fn.End > text.Addr+text.Size || fn.End <= fn.Entry {
			t.Fatalf("%s lies at %#x-%#x, outside of the text", fn.Name, fn.Entry, fn.End)
		}
		functions++
		body := code[fn.Entry-text.Addr : fn.End-text.Addr]
		for at := 0; at < len(body); instructions++ {
			size, kernel, err := decode(body[at:])
			if err != nil {
				t.Errorf("%s+%#x: % x: %v", fn.Name, at, body[at:min(at+16, len(body))], err)
				break
			}
			if kernel {
				found = append(found, fmt.Sprintf("%s+%#x: % x", fn.Name, at, body[at:at+size]))
			}
			at += size
		}
	}
	return found, functions, instructions
}
