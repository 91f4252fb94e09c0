// Command corners prints the corners of the library, where the safety of Go's memory is
// not the compiler's work but that of whoever wrote the library: see corners.txt of
// package surface, whose tests run it. One corner is one line: what it is, its name, and
// why it is one.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"go/types"
	"log"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/surface/library"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("corners: ")
	source := library.Source{Bodies: true}
	source.Flags()
	callers := flag.String("callers", "", "patterns of functions that rely on those who call them, separated by commas")
	flag.Parse()
	packages, err := source.Read()
	if err != nil {
		log.Fatal(err)
	}
	out := bufio.NewWriter(os.Stdout)
	for _, line := range slices.Concat(typeCorners(packages), funcCorners(packages, strings.Split(*callers, ","))) {
		fmt.Fprintln(out, line)
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

// corner is a line of the output.
func corner(what, name string, why map[string]bool) string {
	return what + "\t" + name + "\t" + strings.Join(slices.Sorted(maps.Keys(why)), ",")
}

// symbol is the name of a type, function or method: time.Timer.Stop.
func symbol(obj types.Object) string {
	name := obj.Name()
	if f, ok := obj.(*types.Func); ok {
		if recv := f.Signature().Recv(); recv != nil {
			t := types.Unalias(recv.Type())
			if p, ok := t.(*types.Pointer); ok {
				t = types.Unalias(p.Elem())
			}
			if n, ok := t.(*types.Named); ok {
				name = n.Obj().Name() + "." + name
			}
		}
	}
	if obj.Pkg() == nil {
		return name // the method of error
	}
	return obj.Pkg().Path() + "." + name
}

// matches reports whether one of the patterns is that of a name.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, name)
		return ok && err == nil
	})
}
