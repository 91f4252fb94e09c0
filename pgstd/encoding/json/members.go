//go:build postgres && !go1.27

//pgstd:add

package json

import "reflect"

// members decodes members of an object into a struct, those that are simple: the value is no object and
// no array, or belongs to no field. Stock Go's loop asks it before each member, and decodes the next one
// itself where it stops. It reports whether the object has ended, or why it could not be decoded.
//
// Invariant: the value has been checked as a whole before it is decoded, by Unmarshal or by
// Decoder.readValue. Where the loop goes on, it finds the scanner as it would have left it: d.off is what
// follows a bracket or a comma, and the scanner looks for a key.
func (d *decodeState) members(v reflect.Value, t reflect.Type, fields *structFields) (done bool, err error) {
	if v.Kind() != reflect.Struct || d.disallowUnknownFields {
		return false, nil
	}
	for data := d.data; ; {
		start := skipSpace(data, d.off)
		if start == len(data) || data[start] != '"' {
			return false, nil
		}
		end := plainEnd(data, start+1, 0x80)
		if end == len(data) || data[end] != '"' {
			return false, nil
		}
		key := data[start+1 : end]
		if start = skipSpace(data, end+1); start == len(data) || data[start] != ':' {
			return false, nil
		}
		start = skipSpace(data, start+1)
		if end = valueEnd(data, start); end < 0 {
			return false, nil
		}
		f := fields.exact(key)
		if f == nil {
			f = fields.folded(key)
		}
		if f != nil {
			if c := data[start]; c == '{' || c == '[' || f.quoted || len(f.index) != 1 {
				return false, nil
			}
			d.off = end + 1 // for positions in errors
			if err := d.member(data[start:end], v.Field(f.index[0]), t, f.name); err != nil {
				return true, err
			}
		}
		switch end = skipSpace(data, end); {
		case end < len(data) && data[end] == ',':
			d.off, d.scan.step = end+1, stateBeginString
		case end < len(data) && data[end] == '}':
			d.off, d.scan.step = end, stateEndValue
			d.scan.parseState[len(d.scan.parseState)-1] = parseObjectValue
			d.scanNext()
			return true, nil
		default:
			panic(phasePanicMsg)
		}
	}
}

// member stores a value in a field, for whose errors it is known where it belongs.
func (d *decodeState) member(item []byte, v reflect.Value, t reflect.Type, name string) error {
	if d.errorContext == nil {
		d.errorContext = new(errorContext)
	}
	c := d.errorContext
	before := *c
	c.Struct, c.FieldStack = t, append(c.FieldStack, name)
	err := d.literalStore(item, v, false)
	if err == nil {
		c.Struct, c.FieldStack = before.Struct, c.FieldStack[:len(before.FieldStack)]
	}
	return err
}

// valueEnd is where a value ends that begins at i; -1 if none does.
func valueEnd(data []byte, i int) int {
	for depth := 0; i < len(data); {
		switch c := data[i]; c {
		case '"':
			if i = stringEnd(data, i+1); i < 0 {
				return -1
			}
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return -1
			}
			i++
			continue
		default:
			i = wordOrNumberEnd(data, i)
		}
		if depth <= 0 {
			return i
		}
	}
	return -1
}

// wordOrNumberEnd is where what is no string and no bracket ends.
func wordOrNumberEnd(data []byte, i int) int {
	for i < len(data) {
		switch data[i] {
		case ',', ':', ' ', '\t', '\r', '\n', '}', ']':
			return i
		}
		i++
	}
	return i
}
