package target

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/body"
	"github.com/pgstd/pgstd/internal/extension"
)

// SQLType describes a type of SQL, as pg_type has it.
type SQLType struct {
	Schema string `json:"schema,omitempty"`
	Name   string `json:"name"`
}

// function is an extension.Function in the making.
type function struct{ extension.Function }

func (f *Function) check() error {
	if strings.ContainsRune(f.Source, 0) {
		return &RequestError{"the source has a NUL character in it"}
	}
	return nil
}

var goTypes = map[string]extension.Type{
	"bool": extension.Bool, "int2": extension.Int2, "int4": extension.Int4, "int8": extension.Int8,
	"float4": extension.Float4, "float8": extension.Float8, "text": extension.Text, "bytea": extension.Bytea,
}

var goNames = map[extension.Type]string{
	extension.Bool: "bool", extension.Int2: "int16", extension.Int4: "int32", extension.Int8: "int64",
	extension.Float4: "float32", extension.Float8: "float64", extension.Text: "string", extension.Bytea: "[]byte",
}

// signature says in Go's terms what SQL declares.
func (f *Function) signature() (body.Signature, *function, error) {
	sig := body.Signature{Name: f.Name}
	fn := &function{extension.Function{SQLName: f.Name, Fails: true, Strict: f.Strict}}
	for _, a := range f.Args {
		typ, ok := goTypes[a.Type.Name]
		if !ok {
			return sig, nil, &RequestError{fmt.Sprintf("type %s is not supported", a.Type.Name)}
		}
		p := body.Param{Name: a.Name, Type: goNames[typ]}
		if !f.Strict {
			p.Elem, p.Type = p.Type, "*"+p.Type
		}
		sig.Params = append(sig.Params, p)
		fn.Args = append(fn.Args, extension.Arg{Name: a.Name, Type: typ, Nullable: !f.Strict})
	}
	if f.Returns != nil {
		typ, ok := goTypes[f.Returns.Name]
		if !ok {
			return sig, nil, &RequestError{fmt.Sprintf("type %s is not supported", f.Returns.Name)}
		}
		fn.Result = typ
		sig.Results = []body.Result{{Type: goNames[typ]}}
	}
	return sig, fn, nil
}

func (f *function) setNullable(pointers []bool) {
	f.ResultNullable = slices.Contains(pointers, true)
}
