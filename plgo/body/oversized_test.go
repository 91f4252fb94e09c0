package body

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// A text cannot fill the memory of the process that wraps it with constants.
func TestOversized(t *testing.T) {
	var text strings.Builder
	text.WriteString("const s0 = \"0123456789abcdef\"\n")
	for i := range 60 {
		fmt.Fprintf(&text, "const s%d = s%d + s%d\n", i+1, i, i)
	}
	text.WriteString("return int64(len(s60)), nil")
	_, err := Wrap(text.String(), "plgo", Signature{Name: "f", Results: []Result{{Type: "int64"}}}, nothing{})
	var d Diagnostics
	if !errors.As(err, &d) || d[0].Line != 23 || d[0].Message != "a string constant of more than 64 MB" {
		t.Errorf("%v", err)
	}
}
