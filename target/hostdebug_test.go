package target_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/object"
)

// A host that is built for tests says so, and the object gate refuses it.
func TestHostDebug(t *testing.T) {
	for _, debug := range []kit.HostDebug{"", kit.DebugClobber, kit.DebugAddress} {
		files, err := target.BuildSupport(t.Context(), target.Request{Options: target.Options{Debug: debug}})
		if err != nil {
			t.Fatal(err)
		}
		module, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		err = object.Verify(module, object.Host).Err()
		if debug == "" && err != nil {
			t.Error(err)
		}
		if debug != "" && err == nil {
			t.Errorf("%s: the gate has nothing against it", debug)
		}
		if said := bytes.Contains(module, []byte(`"debug":"`+string(debug)+`"`)); said != (debug != "") {
			t.Errorf("%s: whether the note says so: %t", debug, said)
		}
	}
}
