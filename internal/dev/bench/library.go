package main

import (
	"context"
	"fmt"
	"strings"
)

// libraryWork are the functions of the extension library, each with how much of it takes a
// fraction of a second: MB that are hashed and encrypted, signatures, MB of garbage, calls.
var libraryWork = []struct {
	name   string
	amount int
}{
	{"sha256", 256}, {"sha512", 128}, {"md5", 128}, {"gcm", 512}, {"p256", 5000}, {"gc", 1000}, {"now", 5000000}, {"sin", 10000000},
}

func init() {
	for _, w := range libraryWork {
		benchmarks = append(benchmarks, benchmark{"library_" + w.name, "Go c-shared", "ms", 1, inLibrary(w.name, w.amount)})
	}
}

// libraryFunctions are the peers.
func libraryFunctions() string {
	var sql strings.Builder
	sql.WriteString("create extension library;\n")
	for _, w := range libraryWork {
		fmt.Fprintf(&sql, "create function stock_%s(bigint) returns bigint as '$libdir/stock_library' language c strict;\n", w.name)
	}
	return sql.String()
}

// inLibrary compares work of the standard library, in sessions of their own: stock Go keeps its
// threads and heap for as long as a session lasts.
func inLibrary(name string, amount int) measure {
	return func(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
		return paired(swap, "ours_"+name, "stock_"+name, func(function string) (float64, error) {
			s, err := connect(ctx, l.cluster.Dir())
			if err != nil {
				return 0, err
			}
			defer s.Close(ctx)
			for _, sql := range []string{"load 'library'", "set pgstd.max_memory = '2GB'", fmt.Sprintf("select %s(1)", function)} {
				if err := exec1(ctx, s, sql); err != nil {
					return 0, err
				}
			}
			took, err := elapsed(func() error { return exec1(ctx, s, fmt.Sprintf("select %s(%d)", function, amount)) })
			return milliseconds(took), err
		})
	}
}
