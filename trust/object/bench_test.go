package object_test

import (
	"testing"

	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/object"
)

// BenchmarkVerify is what a build pays for the object gate. "make bench" has whole
// programs side by side.
func BenchmarkVerify(b *testing.B) {
	data, err := built["module "+target.Host().GOARCH()]()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if r := object.Verify(data, ""); !r.Good() {
			b.Fatal(r.Findings)
		}
	}
}
