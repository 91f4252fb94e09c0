package kit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCompileError: of a long complaint the first error is shown, and where all of it is.
func TestCompileError(t *testing.T) {
	var o Options
	o.CacheDir = t.TempDir()
	k := &Kit{Options: o, CC: "/usr/bin/gcc"}
	failed := errors.New("exit status 1")
	long := "in file included from a.c\na.c:1: warning: odd\na.c:2:5: error: unknown type\n"
	for i := range 100 {
		long += fmt.Sprintf("a.c:%d: error: and another\n", i+3)
	}
	err := k.compileError("compiling the host", failed, []byte(long))
	log := filepath.Join(k.CacheDir, "compiler.log")
	want := "compiling the host: gcc: exit status 1\na.c:2:5: error: unknown type\nall 103 lines: " + log
	if !errors.Is(err, failed) || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
	if kept, err := os.ReadFile(log); err != nil || string(kept) != long {
		t.Errorf("%s: %v, %d bytes of %d", log, err, len(kept), len(long))
	}
	short := "a.c:2:5: error: unknown type"
	if err := k.compileError("compiling the host", failed, []byte(short)); !strings.HasSuffix(err.Error(), "\n"+short) {
		t.Errorf("got:\n%v", err)
	}
	k.CacheDir = filepath.Join(k.CacheDir, "nowhere")
	if err := k.compileError("compiling the host", failed, []byte(long)); !strings.Contains(err.Error(), "102 more lines could not be kept") {
		t.Errorf("got:\n%v", err)
	}
}
