package provenance

import (
	"fmt"
	"strings"
)

// Assembly returns assembler source of the notes, to be linked with what they are
// about. The second note makes the object's descriptor findable in a module, of
// which symbols have been stripped; symbol is its name, empty if there is no
// object.
func (r *Record) Assembly(symbol string) []byte {
	var b strings.Builder
	data := r.Encode()
	fmt.Fprintf(&b, "\t.section %s,\"a\",%%note\n", Section)
	head := func(size int, kind int) {
		fmt.Fprintf(&b, "\t.balign 4\n\t.long %d, %d, %d\n\t.asciz \"%s\"\n\t.balign 4\n", len(Owner)+1, size, kind, Owner)
	}
	head(len(data), TypeRecord)
	for line := data; len(line) > 0; {
		n := min(len(line), 64)
		b.WriteString("\t.byte ")
		for i, c := range line[:n] {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "%d", c)
		}
		b.WriteByte('\n')
		line = line[n:]
	}
	if symbol != "" {
		head(8, TypeDescriptor)
		fmt.Fprintf(&b, "\t.quad %s - .\n", symbol)
	}
	b.WriteString("\t.balign 4\n\t.section .note.GNU-stack,\"\",%progbits\n")
	return []byte(b.String())
}
