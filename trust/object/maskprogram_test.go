package object

import (
	"fmt"
	"strings"
	"testing"
)

// TestMaskProgram: programs of masks as the Go linker writes them, and such as it does not.
func TestMaskProgram(t *testing.T) {
	for _, c := range []struct {
		program string
		words   uint64
		want    string // bits, or what is wrong
	}{
		{"\x00", 4, "0000"},
		{"\x03\x05\x00", 3, "101"},
		{"\x0a\xff\x02\x00", 10, "1111111101"},
		{"\x02\x01\x82\x03\x00", 8, "10101010"}, // two bits, three times more
		{"\x01\x01\x80\x01\x07\x00", 8, "11111111"},
		{"\x03\x05\x00", 2, "more than 2"},
		{"\x02\x01\x82\x04\x00", 8, "more than 8"},
		{"\x02\x01\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", 8, "damaged"},
		{"\x83\x01\x00", 8, "damaged"}, // of bits that there are not
		{"\x02\xf1\x00", 8, "damaged"}, // bits beyond those that it says
		{"\x03", 8, "damaged"},
		{"\x80", 8, "damaged"},
		{"", 8, "damaged"},
	} {
		mask, used, err := runMaskProgram([]byte(c.program), c.words)
		got := fmt.Sprint(err)
		if err == nil {
			got = ""
			for i := range c.words {
				got += map[bool]string{true: "1", false: "0"}[mask.has(i)]
			}
			if used != uint64(len(c.program)) {
				t.Errorf("%x: %d bytes of it", c.program, used)
			}
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%x: %s, want %s", c.program, got, c.want)
		}
	}
}
