package target_test

import (
	"debug/elf"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/gocmd"
)

// behindDoors are functions of the stock library that only those need which can get
// out; by the beginnings of their names.
var behindDoors = []string{
	"crypto/x509.readUniqueDirectoryEntries",
	"internal/poll.(*FD).",
	"mime.loadMime",
	"net.(*Resolver).exchange",
	"net.(*Resolver).goLookup",
	"net.(*netFD).",
	"net.dnsReadConfig",
	"net.readHosts",
	"os.(*Process).pidfd",
	"os.openFileNolog",
	"os/exec.(*Cmd).watchCtx",
	"os/user.readColonFile",
	"syscall.forkAndExecInChild",
	"syscall.forkExec",
	"time.loadTzinfo",
	"vendor/golang.org/x/net/dns/dnsmessage.(",
}

// TestDoorsCutTheLink: what is behind a function that only fails is not in an object
// that calls it, but is in a stock program.
func TestDoorsCutTheLink(t *testing.T) {
	ours := functionNames(t, openELF(t, buildObject(t, writePackage(t, "worldly", worldly))))
	program := strings.Replace(worldly, "package worldly", "package main", 1) +
		"\nfunc main() { println(Everything(os.Args[0])) }\n"
	dir := writePackage(t, "worldly", program)
	g, err := gocmd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "stock")
	build := g.Command(t.Context(), dir, []string{"CGO_ENABLED=0"}, "build", "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	stock := functionNames(t, openELF(t, binary))
	for _, beginning := range behindDoors {
		has := func(names []string) int {
			return slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, beginning) })
		}
		if i := has(ours); i >= 0 {
			t.Errorf("%s is there", ours[i])
		}
		if has(stock) < 0 {
			t.Errorf("%s is not in a stock program either", beginning)
		}
	}
}

// TestUnusedClient: net/http is imported by much that never asks a server.
func TestUnusedClient(t *testing.T) {
	const source = `package status

import "net/http"

//pg:function
func Status(code int64) string { return http.StatusText(int(code)) }
`
	for _, name := range functionNames(t, openELF(t, buildObject(t, writePackage(t, "status", source)))) {
		for _, beginning := range []string{"net/http.(*Client).", "net/http.(*Transport).", "net/http.(*Server).", "crypto/tls.(*Conn)."} {
			if strings.HasPrefix(name, beginning) {
				t.Errorf("%s is there", name)
			}
		}
	}
}

func functionNames(t *testing.T, f *elf.File) []string {
	var names []string
	for _, fn := range goFunctions(t, f) {
		names = append(names, fn.Name)
	}
	return names
}
