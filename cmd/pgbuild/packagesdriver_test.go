package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"
)

// loadPackages is a command of scripts: a tool that reads packages as editors do. It
// prints the roots, what is wrong, and in which files names are declared.
//
//	packages [-test] [-unsaved FILE] [-stub] PATH.NAME,… PATTERN
func loadPackages() {
	test := flag.Bool("test", false, "load tests")
	unsaved := flag.String("unsaved", "", "a file that says something else in the editor")
	stub := flag.Bool("stub", false, "load the packages of the files that have been found")
	flag.Parse()
	cfg := &packages.Config{Mode: packages.LoadAllSyntax, Tests: *test}
	if *unsaved != "" {
		name, err := filepath.Abs(*unsaved)
		if err != nil {
			panic(err)
		}
		cfg.Overlay = map[string][]byte{name: []byte("package good; import \"hash/fnv\"; var _ = fnv.Unsaved\n")}
	}
	roots := load(cfg, flag.Arg(1))
	for _, file := range printPackages(roots, strings.Split(flag.Arg(0), ",")) {
		if *stub {
			printPackages(load(cfg, "file="+file), nil)
		}
	}
}

func load(cfg *packages.Config, pattern string) []*packages.Package {
	roots, err := packages.Load(cfg, pattern)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return roots
}

// printPackages returns the files of the names.
func printPackages(roots []*packages.Package, names []string) (files []string) {
	for _, r := range roots {
		fmt.Println("root", r.ID)
	}
	arch := ""
	for p := range packages.Postorder(roots) {
		for _, e := range p.Errors {
			fmt.Println("error", e)
		}
		if p.PkgPath == "runtime" && p.TypesSizes != nil {
			arch = "amd64"
			for _, file := range p.GoFiles {
				if strings.HasSuffix(file, "_arm64.go") {
					arch = "arm64"
				}
			}
		}
		for _, name := range names {
			if short, ok := strings.CutPrefix(name, p.PkgPath+"."); ok && p.Types != nil {
				if o := p.Types.Scope().Lookup(short); o != nil {
					file := p.Fset.PositionFor(o.Pos(), false).Filename
					fmt.Println(name, "in", file)
					files = append(files, file)
				}
			}
		}
	}
	fmt.Println("arch", arch)
	return files
}
