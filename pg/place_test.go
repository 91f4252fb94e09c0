package pg

import (
	"runtime"
	"testing"
)

func TestPlaceOf(t *testing.T) {
	for want, f := range map[string]runtime.Frame{
		"orders.go, line 12, in Total":  {Function: "example.org/shop/orders.Total", File: "example.org/shop/orders/orders.go", Line: 12},
		"orders.go, line 13, in Total":  {Function: "example.org/shop/orders.Total.func2.gowrap1", File: "example.org/shop/orders/orders.go", Line: 13},
		"orders.go, line 14, in Fold":   {Function: "main.wrapFold.Fold.func1", File: "example.org/shop/orders/orders.go", Line: 14},
		"set.go, line 1, in (*Set).Add": {Function: "example.org/v1.2/set.(*Set).Add-fm", File: "example.org/v1.2/set@v1.2.0/set.go", Line: 1},
		"set.go, line 2, in Map":        {Function: "example.org/set.Map[...]", File: "example.org/set/set.go", Line: 2},
		"orders.go, line 15, in Each":   {Function: "example.org/shop/orders.Each.func1-range2", File: "example.org/shop/orders/orders.go", Line: 15},
		"changes, line 7":               {Function: "plgo.Changes-range1", File: "changes", Line: 7},
		"My f, line 3":                  {Function: "plgo.MyF.func1", File: "My f", Line: 3},
		"total, line 4, in help":        {Function: "plgo.help", File: "total", Line: 4},
		"expr.y, line 42, in Calc":      {Function: "example.org/calc.Calc", File: "expr.y", Line: 42},
		"größe, line 5":                 {Function: "plgo.Größe", File: "größe", Line: 5},
		"shared, line 7":                {Function: "plgo/0123456789abcdef.Shared.func1", File: "shared", Line: 7},
		"shared, line 8, in Fold":       {Function: "main/0123456789abcdef.wrapFold.Fold.func1", File: "shared", Line: 8},
		"f, line 6":                     {Function: "plgo.F", File: "f", Line: 6},
	} {
		if got := placeOf(f); got != want || !isCaller(f) {
			t.Errorf("%s: it is %s, %t", want, got, isCaller(f))
		}
	}
	for _, f := range []runtime.Frame{
		{Function: "github.com/pgstd/pgstd/pg.Exec", File: "github.com/pgstd/pgstd@v0.1.0-h974ccda159dc/pg/sql.go"},
		{Function: "github.com/pgstd/pgstd/pg/pgxpg.(*Tx).Exec", File: "github.com/pgstd/pgstd/pg/pgxpg/tx.go"},
		{Function: "database/sql.(*DB).Exec", File: "database/sql/sql.go"},
		{Function: "main.wrapFold", File: "example.org/shop/orders/pgstd_main/main.go"},
		{Function: "main.wrapF", File: "main.go"},
		{Function: "runtime.pause", File: "runtime/zpgstd_control.go"},
		{},
	} {
		if isCaller(f) {
			t.Errorf("%s is a caller", f.Function)
		}
	}
	if f := (runtime.Frame{Function: "github.com/pgstd/pgstd/examples/textkit.Slug", File: "github.com/pgstd/pgstd/examples/textkit/slug.go"}); !isCaller(f) {
		t.Error("an example is no caller")
	}
}
