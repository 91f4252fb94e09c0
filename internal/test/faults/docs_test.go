package faults

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/atomicfile"
)

var update = flag.Bool("update", false, "rewrite docs/faults.md")

const docsPath = "../../../docs/faults.md"

// docs/faults.md is what the tables say.
func TestDocs(t *testing.T) {
	want := render()
	if *update {
		if err := atomicfile.Write(docsPath, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(docsPath)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("docs/faults.md is out of date; run: go test ./internal/test/faults -run Docs -update")
	}
}

func render() string {
	var b strings.Builder
	b.WriteString(`# When Go code goes wrong

Whatever a Go function does, the session gets a result or an ` + "`ERROR`" + `, and goes on, with the same process, one thread, and the
signals as they were. An ` + "`ERROR`" + ` has Go's own message, a detail with the traceback (function, file and line), and a context
that names the SQL function. It is like any other: PL/pgSQL catches it, and a savepoint survives it.

**The world.** A panic in the goroutine of a call ends that call, as an error that it returns would.
Where a table says that the world ends, all package variables, goroutines and timers of this extension, in
this session and for this role, are gone, and their memory is given back. The next call starts anew. Other
extensions, roles and sessions notice nothing.

This page is generated from the table that the tests run, ` + "`internal/test/faults`" + `. In messages, … stands for anything.
`)
	for _, g := range groups {
		fmt.Fprintf(&b, "\n## %s\n\n", g.title)
		if g.text != "" {
			b.WriteString(g.text + "\n\n")
		}
		b.WriteString("| A function that… | SQLSTATE | message | `recover()` | the world |\n|---|---|---|---|---|\n")
		for _, f := range g.faults {
			code, message, recovers, world := "", "", "", "lives on"
			if f.code != "" {
				code, message, recovers, world = f.code, "`"+cell(f.message)+"`", "no", "ends"
			}
			if !f.dies() {
				world = "lives on"
			}
			if f.recovers {
				recovers = "yes"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", cell(f.does), code, message, recovers, world)
		}
	}
	b.WriteString("\n## Places\n\nAll but the slowest of these are tried in all of these places:\n\n")
	for _, p := range places {
		b.WriteString("* " + p.does + "\n")
	}
	b.WriteString(initText)
	b.WriteString(cancelText())
	return b.String()
}

// cell makes text fit into a cell of a table.
func cell(s string) string {
	return strings.NewReplacer("\n", " ", "\t", "", "|", `\|`).Replace(s)
}
