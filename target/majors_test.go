package target

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/majors"
	"github.com/pgstd/pgstd/internal/test/servers"
)

// TestMajors compiles everything in C against the headers of each tested major, where a
// warning is an error, and holds what comes out against the object gate, which knows
// what it may import.
func TestMajors(t *testing.T) { compileMajors(t, majors.Tested()) }

// TestCompilers does it with the compilers of other Debians: what a compiler makes of the same source also
// differs in what is imported. In its short form it is the newest one, and the newest major; "make compilers" takes all.
func TestCompilers(t *testing.T) {
	compilers, tested := servers.Compilers, majors.Tested()
	if os.Getenv("PGSTD_COMPILERS") == "" {
		compilers, tested = compilers[len(compilers)-1:], tested[len(tested)-1:]
	}
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range compilers {
		t.Run(fmt.Sprint("gcc ", c.Number), func(t *testing.T) {
			gcc, err := c.GCC(t.Context(), cache)
			if errors.Is(err, servers.ErrUnavailable) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Setenv("CC", gcc)
			compileMajors(t, tested)
		})
	}
}

func compileMajors(t *testing.T, list []majors.Major) {
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, major := range list {
		t.Run(fmt.Sprint(major.Number), func(t *testing.T) {
			dir, err := servers.Folder(t.Context(), cache, major)
			if errors.Is(err, servers.ErrUnavailable) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			request := Request{PGConfig: filepath.Join(dir, "pg_config"), OutDir: t.TempDir()}
			request.HostFlags = []string{"-Werror"}
			for what, build := range map[string]func(context.Context, Request) ([]string, error){
				"the companion": BuildSupport,
				"the language":  BuildLanguage,
				"an extension": func(ctx context.Context, r Request) ([]string, error) {
					r.Dir = "../examples/textkit"
					e, err := BuildExtension(ctx, r)
					if err != nil {
						return nil, err
					}
					return e.Files(), nil
				},
			} {
				if _, err := build(t.Context(), request); err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}
