package extension

import (
	"bytes"
	"fmt"
)

// writeFunctions writes the Go functions behind those of a base type: between what is kept, a
// word or bytes, and the author's type.
func (b *BaseType) writeFunctions(out *bytes.Buffer) {
	marshal, unmarshal := "MarshalText", "UnmarshalText"
	if b.Binary {
		marshal, unmarshal = "MarshalBinary", "UnmarshalBinary"
	}
	write := func(text string) {
		kept := "[]byte"
		if b.Word != nil {
			kept = b.Word.Go
		}
		for _, r := range [][2]string{{"$T", b.GoName}, {"$KEPT", kept}, {"$MARSHAL", marshal}, {"$UNMARSHAL", unmarshal}} {
			text = string(bytes.ReplaceAll([]byte(text), []byte(r[0]), []byte(r[1])))
		}
		out.WriteString(text)
	}
	if b.Word != nil {
		write(`
func pack$T(v author.$T) ($KEPT, error) { return $KEPT(v), nil }

func unpack$T(v $KEPT) (author.$T, error) { return author.$T(v), nil }

func recv$T(b []byte) ($KEPT, error) { return pgabi.UnpackWord[$KEPT](b) }

func send$T(v $KEPT) ([]byte, error) { return pgabi.PackWord(v), nil }
`)
	} else {
		write(`
func pack$T(v author.$T) ([]byte, error) { return v.$MARSHAL() }

func unpack$T(b []byte) (v author.$T, err error) {
	err = v.$UNMARSHAL(b)
	return v, err
}

func get$T(s *codec.Slot) (v author.$T, err error) {
	b, err := codec.GetBytea[[]byte](s)
	if err != nil {
		return v, err
	}
	return unpack$T(b)
}

func put$T(o *codec.Out, s *codec.Slot, v author.$T) error {
	b, err := pack$T(v)
	if err != nil {
		return err
	}
	return codec.PutBytea(o, s, b)
}

func recv$T(b []byte) ([]byte, error) {
	v, err := unpack$T(b)
	if err != nil {
		return nil, pgabi.InvalidBinary(err)
	}
	return pack$T(v)
}

func send$T(b []byte) ([]byte, error) { return b, nil }
`)
	}
	write(`
func in$T(s string) (k $KEPT, err error) {
	var v author.$T
	if err := v.UnmarshalText([]byte(s)); err != nil {
		return k, pgabi.InvalidText(err)
	}
	return pack$T(v)
}

func out$T(k $KEPT) (string, error) {
	v, err := unpack$T(k)
	if err != nil {
		return "", err
	}
	b, err := v.MarshalText()
	return string(b), err
}
`)
	if b.Typmod {
		write(typmodFunctions)
	}
	if b.Ordered {
		b.writeComparisons(write)
	}
	if b.Sorted && b.Word != nil {
		write("\nfunc sort_key$T(k $KEPT) int64 { return int64(author.$T(k).SortKey()) }\n")
	} else if b.Sorted {
		write(`
func sort_key$T(k []byte) (int64, error) {
	v, err := unpack$T(k)
	if err != nil {
		return 0, err
	}
	return int64(v.SortKey()), nil
}
`)
	}
	if b.Hashed && b.Word != nil {
		write(`
func hash$T(k $KEPT) int32 { return int32(author.$T(k).Hash()) }

func hash_extended$T(k $KEPT, seed int64) int64 { return pgabi.SeedHash(author.$T(k).Hash(), seed) }
`)
	} else if b.Hashed {
		write(`
func hash$T(k []byte) (int32, error) {
	v, err := unpack$T(k)
	if err != nil {
		return 0, err
	}
	return int32(v.Hash()), nil
}

func hash_extended$T(k []byte, seed int64) (int64, error) {
	v, err := unpack$T(k)
	if err != nil {
		return 0, err
	}
	return pgabi.SeedHash(v.Hash(), seed), nil
}
`)
	}
}

func (b *BaseType) writeComparisons(write func(string)) {
	if b.Word != nil {
		write("\nfunc cmp$T(a, b $KEPT) int32 { return pgabi.Sign(author.$T(a).Compare(author.$T(b))) }\n")
		for _, o := range comparisons {
			write(fmt.Sprintf("\nfunc %s$T(a, b $KEPT) bool { return author.$T(a).Compare(author.$T(b)) %s 0 }\n", o.name, goOperator(o.symbol)))
		}
		return
	}
	write(`
func compare$T(a, b []byte) (int, error) {
	v, err := unpack$T(a)
	if err != nil {
		return 0, err
	}
	w, err := unpack$T(b)
	if err != nil {
		return 0, err
	}
	return v.Compare(w), nil
}

func cmp$T(a, b []byte) (int32, error) {
	c, err := compare$T(a, b)
	return pgabi.Sign(c), err
}
`)
	for _, o := range comparisons {
		write(fmt.Sprintf("\nfunc %s$T(a, b []byte) (bool, error) {\n\tc, err := compare$T(a, b)\n\treturn c %s 0, err\n}\n", o.name, goOperator(o.symbol)))
	}
}

// goOperator returns Go's form of a comparison in SQL.
func goOperator(symbol string) string {
	switch symbol {
	case "=":
		return "=="
	case "<>":
		return "!="
	}
	return symbol
}
