package runtimetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
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

type inner struct {
	X, Y int8
	S    string `json:"s"`
}

type Embedded struct{ E, Both string }

// few has so few fields that they are looked through, many has more, and odd names that are not ASCII.
type few struct {
	*Embedded
	A     int
	B     *string `json:"b,omitempty"`
	Inner inner
	Q     int `json:",string"`
	Any   any
	Case  string `json:"case"`
}

type many struct {
	few
	CASE          string
	U             upper
	Raw           json.RawMessage
	Map           map[string]inner
	List          []inner
	F             float32
	C1, C2, C3, K bool
}

type odd struct {
	Long   string `json:"ſ"`
	S      string `json:"s"`
	Kelvin int    `json:"KK"`
}

// TestJSONMembers compares how the members of an object get into a struct by themselves with how they do
// where unknown ones are refused, which leaves all of them to stock Go.
func TestJSONMembers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	one := func(list []string) string { return list[r.IntN(len(list))] }
	space := func() string { return one([]string{"", "", " ", "\t\n ", "          "}) }
	known := []string{"a", "A", "b", "B", "inner", "INNER", "q", "any", "case", "CASE", "Case", "e", "both", "u", "raw", "map", "list", "f",
		"c1", "C2", "c3", "k", "\u212a", "s", "S", "\u017f", "kk", "K\u212a", `\u0061`, `\u212a`, "x", "y"}
	unknown := []string{"", "none", "i", "ä", "inne", "innerr", "a string of some length", `\"`, "\ufffd", "ſſ"}
	values := []string{"null", "true", "false", "0", "-1", "1.5e3", "300", "1e400", `"7"`, `"x"`, `""`, `"a\u00e4\n"`, `"\ufffdä, a text that is longer"`,
		`[]`, `{}`, `[1, {"x" : "}"}, "]"]`, `{"x":1,"y":-2,"s":"in"}`, `{"X":1000,"none":[{}], "S":null}`, `{"m":{"s":"deep"}, "n":{"x":"7"}}`, `[{"x":1},{"s":"t","x":null}]`}
	for range 2000 {
		var all, some []string
		for range r.IntN(6) {
			name, value := one(known), one(values)
			member := space() + `"` + name + `"` + space() + ":" + space() + value + space()
			all, some = append(all, member), append(some, member)
			if r.IntN(2) == 0 {
				all = append(all, space()+`"`+one(unknown)+`":`+space()+one(values)+space())
			}
		}
		for _, of := range []reflect.Type{reflect.TypeFor[few](), reflect.TypeFor[many](), reflect.TypeFor[odd](), reflect.TypeFor[[]inner](), reflect.TypeFor[map[string]few]()} {
			wrap := func(members []string) string {
				text := "{" + strings.Join(members, ",") + "}"
				switch of.Kind() {
				case reflect.Slice:
					return space() + "[" + text + ", " + text + "]"
				case reflect.Map:
					return `{"" : ` + text + "}"
				}
				return space() + text + space()
			}
			got, want := reflect.New(of), reflect.New(of)
			err := json.Unmarshal([]byte(wrap(all)), got.Interface())
			d := json.NewDecoder(strings.NewReader(wrap(some)))
			d.DisallowUnknownFields()
			stock := d.Decode(want.Interface())
			if stock != nil && strings.HasPrefix(stock.Error(), "json: unknown field") {
				continue
			}
			if fmt.Sprint(err) != fmt.Sprint(stock) || !reflect.DeepEqual(got.Interface(), want.Interface()) {
				t.Fatalf("%s into a %v: %v, %v; without what is unknown %v, %v", wrap(all), of, show(got), err, show(want), stock)
			}
		}
	}
}

func show(v reflect.Value) string {
	text, err := json.Marshal(v.Interface())
	return fmt.Sprint(string(text), err)
}

// What is wrong with a member is told with its place, which is counted to the end of the value.
func TestJSONMemberErrors(t *testing.T) {
	for text, want := range map[string]json.UnmarshalTypeError{
		`{"none":[{}], "a" : "x"}`:               {Value: "string", Offset: 23, Field: "a"},
		`{"inner":{"none":{}, "x":300,"y":"x"}}`: {Value: "number 300", Offset: 28, Field: "inner.x"},
		`{"none":"", "a":1.5, "b":1}`:            {Value: "number 1.5", Offset: 19, Field: "a"},
	} {
		var v struct {
			A     int `json:"a"`
			Inner struct {
				X int8 `json:"x"`
				Y int8 `json:"y"`
			} `json:"inner"`
		}
		var got *json.UnmarshalTypeError
		if err := json.Unmarshal([]byte(text), &v); !errors.As(err, &got) || got.Value != want.Value || got.Offset != want.Offset || got.Field != want.Field {
			t.Errorf("%s: %#v, want %#v", text, got, want)
		}
	}
}

// TestJSONNames has keys that are those of fields but for their case, as Unicode sees it.
func TestJSONNames(t *testing.T) {
	type names struct {
		First  int `json:"same"`
		Second int `json:"SAME"`
		S      int `json:"s"`
		Skip   int `json:"skip"`
		Brand  int `json:"käse"`
	}
	type ascii struct {
		First  int `json:"same"`
		Second int `json:"SAME"`
		S      int `json:"s"`
		Skip   int `json:"skip"`
	}
	for key, want := range map[string]ascii{
		"same": {First: 1}, "SAME": {Second: 1}, "Same": {First: 1}, "ſame": {First: 1}, "s": {S: 1}, "S": {S: 1}, "ſ": {S: 1}, `\u017f`: {S: 1},
		"sKip": {Skip: 1}, "s\u212aip": {Skip: 1}, "ſkip": {Skip: 1}, "ski": {}, "sk": {}, "skipp": {}, "": {}, "ä": {}, "käse": {}, "[": {}, "\u0130": {},
	} {
		var got ascii
		if err := json.Unmarshal([]byte(`{"`+key+`" : 1}`), &got); err != nil || got != want {
			t.Errorf("%q: %+v, %v", key, got, err)
		}
		var more names
		err := json.Unmarshal([]byte(`{"`+key+`" : 1}`), &more)
		if got := (ascii{more.First, more.Second, more.S, more.Skip}); err != nil || got != want || (more.Brand == 1) != (key == "käse") {
			t.Errorf("%q: %+v, %v", key, more, err)
		}
	}
}
