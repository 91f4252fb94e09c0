package target

import (
	"strings"

	"github.com/pgstd/pgstd/internal/body"
	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/pgtypes"
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

// goType finds the Go type for an SQL type.
func goType(t SQLType) (pgtypes.Type, error) {
	typ, err := pgtypes.FromSQL(pgtypes.SQLType{Name: t.Name, Kind: 'b'}, nil)
	if err != nil {
		return typ, &RequestError{err.Error()}
	}
	return typ, nil
}

// signature says in Go's terms what SQL declares.
func (f *Function) signature() (body.Signature, *function, error) {
	sig := body.Signature{Name: f.Name}
	fn := &function{extension.Function{SQLName: f.Name, Fails: true, Strict: f.Strict}}
	for _, a := range f.Args {
		typ, err := goType(a.Type)
		if err != nil {
			return sig, nil, err
		}
		p := body.Param{Name: a.Name, Type: typ.Go}
		if !f.Strict {
			typ = typ.Pointer()
			p.Elem, p.Type = p.Type, typ.Go
		}
		sig.Params = append(sig.Params, p)
		fn.Args = append(fn.Args, extension.Arg{Name: a.Name, Type: typ})
	}
	if f.Returns != nil {
		typ, err := goType(*f.Returns)
		if err != nil {
			return sig, nil, err
		}
		fn.Results = []extension.Result{{Type: typ}}
		sig.Results = []body.Result{{Type: typ.Go}}
	}
	return sig, fn, nil
}

func (f *function) setNullable(pointers []bool) {
	for i := range f.Results {
		if pointers[i] {
			f.Results[i].Type = f.Results[i].Type.Pointer()
		}
	}
}
