package link

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd"
)

// layout is the name by which the hosts of a backend's modules find each other, and the hash of
// what they then read of each other.
const layout = "pgstd.host.23 06e2e4c6c6773dc7"

// TestLayout sees to it that hosts of two versions of the kit, whose extensions one session may
// use, do not take each other's worlds for what they are not.
func TestLayout(t *testing.T) {
	types := map[string]string{}
	for _, name := range []string{"abi.h", "world.h", "modules.h", "postgres/backend.h", "postgres/session/shared.h", "postgres/cell/cell.h", "cell/protocol.h"} {
		text, err := fs.ReadFile(pgstd.Files, "host/"+name)
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(types, structs(string(text)))
	}
	shared := map[string]string{}
	for want := []string{"Shared"}; len(want) > 0; want = want[1:] {
		if shared[want[0]] != "" || types[want[0]] == "" {
			continue
		}
		shared[want[0]] = types[want[0]]
		want = append(want, regexp.MustCompile(`\w+`).FindAllString(types[want[0]], -1)...)
	}
	for _, name := range []string{"PgstdWorld", "BackendWorld", "Module", "PgstdCell", "PgstdCellWorld", "PgstdControl", "PgstdCellChannel"} {
		if shared[name] == "" {
			t.Fatalf("no definition of %s was found", name)
		}
	}
	hash := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(shared)) {
		fmt.Fprintln(hash, name, shared[name])
	}
	init, err := fs.ReadFile(pgstd.Files, "host/postgres/session/init.c")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`RENDEZVOUS\s+"(.*)"`).FindStringSubmatch(string(init))
	if now := fmt.Sprintf("%s %x", name[1], hash.Sum(nil)[:8]); now != layout {
		t.Errorf("the hosts' common structures are not those of %q; raise the number of RENDEZVOUS in host/postgres/session/init.c, and write here what it is with it, now %q", layout, now)
	}
}

// structs are the definitions of structures and unions in C, by name.
func structs(text string) map[string]string {
	text = regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(text, "")
	found := map[string]string{}
	for _, d := range regexp.MustCompile(`(?ms)^(?:typedef )?(?:struct|union) (\w+)\n\{.*?^\}`).FindAllStringSubmatch(text, -1) {
		found[d[1]] = strings.Join(strings.Fields(d[0]), " ")
	}
	return found
}
