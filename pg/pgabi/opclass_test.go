package pgabi

import (
	"slices"
	"strings"
	"testing"
)

func TestDivide(t *testing.T) {
	for _, test := range []struct{ right, left, want string }{
		{"0110", "03", "12"},
		{"0000", "01", "23"}, // no key is left over, and no side is empty
		{"1111", "01", "23"},
		{"01", "0", "1"},
		{"11", "0", "1"},
	} {
		var right []bool
		var keys []string
		for i, c := range test.right {
			right, keys = append(right, c == '1'), append(keys, string(rune('0'+i)))
		}
		l, r, err := Divide(keys, right)
		if err != nil || strings.Join(l, "") != test.left || strings.Join(r, "") != test.want {
			t.Errorf("%s: %v, %v, %v", test.right, l, r, err)
		}
		for i, k := range keys {
			if right[i] != slices.Contains(r, k) {
				t.Errorf("%s: the list does not say where key %s is", test.right, k)
			}
		}
	}
	if _, _, err := Divide([]int{1, 2}, []bool{true}); err == nil {
		t.Error("one answer for two keys is taken")
	}
	if _, _, err := Divide([]int{1}, []bool{true}); err == nil {
		t.Error("one key is divided")
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int16]string{-7: "-7", 0: "0", 3: "3", 32767: "32767"} {
		if op, err := Operator([]string{"@>", "&&"}, n); err == nil || !strings.HasSuffix(err.Error(), " "+want) {
			t.Error(n, op, err)
		}
	}
	if op, err := Operator([]string{"@>", "&&"}, 2); op != "&&" || err != nil {
		t.Error(op, err)
	}
	for _, n := range []int{-1, 4} {
		if _, err := Branch(n, 4); err == nil {
			t.Errorf("branch %d of 4 is taken", n)
		}
	}
}
