//go:build !postgres

package pg_test

import (
	"io"
	"os"
	"testing"

	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/pgfmt"
)

// TestReportOutsidePostgres looks at what go test shows of messages.
func TestReportOutsidePostgres(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.Stderr
	os.Stderr = w
	pg.Debug("a")
	pg.Log("b")
	pg.Info("c")
	pg.Notice("d\x00\xff")
	pg.Warning("e")
	pgfmt.Debugf("a%d", 1)
	pgfmt.Logf("b%d", 1)
	pgfmt.Infof("c%d", 1)
	pgfmt.Noticef("d%d", 1)
	pgfmt.Warningf("e%d", 1)
	os.Stderr = stderr
	w.Close()
	got, err := io.ReadAll(r)
	want := "DEBUG:  a\nLOG:  b\nINFO:  c\nNOTICE:  d\ufffd\ufffd\nWARNING:  e\n" +
		"DEBUG:  a1\nLOG:  b1\nINFO:  c1\nNOTICE:  d1\nWARNING:  e1\n"
	if err != nil || string(got) != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}
