//go:build postgres

package testing

import (
	"fmt"
	"os"
	"strings"
	"time"
	"unsafe"
)

// pgstd_capture has package runtime pass on to f what is written to the standard
// output, instead of to the host; nil ends that.
//
//go:linkname pgstd_capture runtime.pgstd_capture
//pgstd:add
func pgstd_capture(f func(p *byte, n int))

// runExample runs an example and compares what it prints. There are no pipes and
// no files here: the output is taken where it would leave the world.
func runExample(eg InternalExample) (ok bool) {
	if chatty.on {
		fmt.Printf("%s=== RUN   %s\n", chatty.prefix(), eg.Name)
	}
	stderr := os.Stderr
	if stderr == os.Stdout { // so with -test.v=test2json
		os.Stderr = os.NewFile(2, "/dev/stderr")
	}
	var said strings.Builder
	pgstd_capture(func(p *byte, n int) { said.Write(unsafe.Slice(p, n)) })
	finished, start := false, time.Now()
	defer func() {
		pgstd_capture(nil)
		os.Stderr = stderr
		ok = eg.processRunResult(said.String(), time.Since(start), finished, recover())
	}()
	eg.F()
	finished = true
	return
}
