package runtimetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// TestJSONSyntax compares Unmarshal and Valid, which look at texts in their own way first, with
// Compact, which goes byte by byte.
func TestJSONSyntax(t *testing.T) {
	check := func(text []byte) {
		t.Helper()
		var v any
		var compact bytes.Buffer
		want := json.Compact(&compact, text) == nil
		var syntax *json.SyntaxError
		if err := json.Unmarshal(text, &v); errors.As(err, &syntax) == want || (err == nil) != want {
			t.Fatalf("%q: Unmarshal says %v, Compact finds it good: %v", text, err, want)
		}
		if json.Valid(text) != want {
			t.Fatalf("Valid(%q) is %v", text, !want)
		}
	}
	for _, text := range []string{
		` {"abcdefgh" : [1, -0.5e+3 ,true,false,null], "b":{},"c":[ ]} `,
		`[["\"\\\/\b\f\n\r\t\u00aF", "a longer text, of more than sixteen bytes"],{"é":"日本語"}]`,
		`-10.25E-07`, `0`, `"x"`, `nul`, ``,
	} {
		check([]byte(text))
		for i := range len(text) {
			check([]byte(text[:i]))
			for _, c := range []byte("\"\\{}[],:0e \x00\x1f\x80") {
				other := []byte(text)
				other[i] = c
				check(other)
			}
		}
	}
	for _, depth := range []int{1, 63, 64, 65, 255, 256, 257, 300} {
		for _, part := range []struct{ open, end string }{{"[", "]"}, {`{"a":`, "}"}, {`[{"a":`, "}]"}} {
			text := strings.Repeat(part.open, depth) + "1" + strings.Repeat(part.end, depth)
			check([]byte(text))
			check([]byte(text + "]"))
			check([]byte(text[:len(text)-1] + "}"))
			check([]byte(text[:len(text)-1]))
		}
	}
}

type upper string

func (u *upper) UnmarshalText(b []byte) error { *u = upper(strings.ToUpper(string(b))); return nil }

// TestJSONStrings has what is special in a string at each place of it.
func TestJSONStrings(t *testing.T) {
	for _, special := range []string{"", `"`, `\`, "/", "é", "日", "\x01", "\n", "\u2028", "😀", "\x7f"} {
		for before := range 18 {
			for _, after := range []int{0, 1, 7, 9} {
				want := strings.Repeat("a", before) + special + strings.Repeat("b", after)
				text, err := json.Marshal(map[string]string{want: want})
				if err != nil {
					t.Fatal(err)
				}
				var got map[string]string
				if err := json.Unmarshal(text, &got); err != nil || got[want] != want {
					t.Fatalf("%s is %q, %v", text, got, err)
				}
			}
		}
	}
	for _, c := range []struct{ text, want string }{
		{`"\ud83d\ude00"`, "😀"}, {`"\ud83dx"`, "\ufffdx"}, {"\"abcdefgh\xffi\"", "abcdefgh\ufffdi"}, {"\"\xc3\"", "\ufffd"},
	} {
		var got string
		if err := json.Unmarshal([]byte(c.text), &got); err != nil || got != c.want {
			t.Errorf("%q is %q, %v", c.text, got, err)
		}
	}
	var named struct {
		A upper
		B *upper
		C []upper
	}
	if err := json.Unmarshal([]byte(`{"a":"x","B":"y","c":["z"]}`), &named); err != nil || named.A != "X" || *named.B != "Y" || named.C[0] != "Z" {
		t.Errorf("%+v, %v", named, err)
	}
}
