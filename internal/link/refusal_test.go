package link

import (
	"strings"
	"testing"

	"github.com/pgstd/pgstd/trust/object"
)

// TestRefusal: a newer pgbuild is the answer to headers that this one does not know, and to nothing else.
func TestRefusal(t *testing.T) {
	unknown := object.Finding{Rule: "imports", What: "imports pg_new"}
	hidden := object.Finding{Rule: "kernel", What: "a byte sequence that enters the kernel"}
	for _, test := range []struct {
		postgres int
		findings []object.Finding
		headers  bool
	}{
		{19, []object.Finding{unknown}, true},
		{19, []object.Finding{unknown, hidden}, false},
		{19, []object.Finding{hidden}, false},
		{0, []object.Finding{unknown}, false},
	} {
		said := refusal(test.postgres, &object.RefusedError{Findings: test.findings}).Error()
		if strings.Contains(said, "headers") != test.headers || !strings.Contains(said, test.findings[0].What) {
			t.Errorf("%d, %v: %s", test.postgres, test.findings, said)
		}
	}
}
