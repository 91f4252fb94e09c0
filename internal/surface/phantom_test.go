package surface_test

import (
	"go/types"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// TestNoPhantoms: Go converts between types that are made alike, those of one generic type as well,
// where nothing in it depends on its parameter. What has been made for a T must not become
// something of another type in this way, in package pg or in the library.
func TestNoPhantoms(t *testing.T) {
	mode := packages.NeedName | packages.NeedTypes | packages.NeedImports
	list, err := packages.Load(&packages.Config{Mode: mode, Dir: "../.."}, "std", "./pg/...", "./testdata/surface/phantom")
	if err != nil {
		t.Fatal(err)
	}
	found, generic := []string{}, 0
	var plain []types.Type // of the kit's, with fields that are nobody else's
	for _, p := range list {
		if len(p.Errors) > 0 {
			t.Fatal(p.Errors[0])
		}
		if strings.HasPrefix(p.PkgPath, "vendor/") || slices.Contains(strings.Split(p.PkgPath, "/"), "internal") {
			continue // no program names its types
		}
		for _, name := range p.Types.Scope().Names() {
			declared, ok := p.Types.Scope().Lookup(name).(*types.TypeName)
			if !ok {
				continue
			}
			of, ok := declared.Type().(*types.Named)
			if ok && of.TypeParams().Len() == 0 && strings.HasPrefix(p.PkgPath, "github.com/pgstd/") && hasSecrets(of) {
				plain = append(plain, of)
			}
			// By reflect, nothing becomes of an unexported type of the library, but of package pg.
			if !ok || of.TypeParams().Len() == 0 || !declared.Exported() && !strings.HasPrefix(p.PkgPath, "github.com/pgstd/") {
				continue
			}
			generic++
			for i := range of.TypeParams().Len() {
				a, b := instances(t, of, i)
				if types.ConvertibleTo(a, b) || types.ConvertibleTo(types.NewPointer(a), types.NewPointer(b)) {
					found = append(found, p.PkgPath+"."+name)
				}
			}
		}
	}
	want := []string{"github.com/pgstd/pgstd/testdata/surface/phantom.Phantom"}
	if !slices.Equal(found, want) {
		t.Errorf("converted to others of their kind are %q, want %q", found, want)
	}
	if generic < 20 || len(plain) < 10 {
		t.Errorf("there are but %d generic types, and %d with fields of their own", generic, len(plain))
	}
	for i, a := range plain {
		for _, b := range plain[i+1:] {
			if types.ConvertibleTo(a, b) {
				t.Errorf("%v can be converted to %v", a, b)
			}
		}
	}
}

// hasSecrets reports whether a type is a struct with fields that are not exported.
func hasSecrets(t types.Type) bool {
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for f := range s.Fields() {
		if !f.Exported() {
			return true
		}
	}
	return false
}

// instances are two that differ in parameter number i.
func instances(t *testing.T, of *types.Named, i int) (a, b types.Type) {
	t.Helper()
	params := of.TypeParams()
	var made []types.Type
	// Values of pointers, and of numbers.
	for _, kind := range []types.BasicKind{types.Int32, types.Int64, types.String, types.Float64, types.Bool, types.Uint64} {
		args := make([]types.Type, params.Len())
		for j := range args {
			args[j] = types.Typ[types.Int32]
			if j == i {
				args[j] = types.Typ[kind]
			}
		}
		if one, err := types.Instantiate(nil, of, args, true); err == nil {
			made = append(made, one)
		}
	}
	if len(made) < 2 {
		t.Fatalf("nothing is known that %v takes", of)
	}
	return made[0], made[1]
}
