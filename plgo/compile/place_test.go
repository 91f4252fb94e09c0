package compile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/pgstd/pgstd/internal/kit"
)

// waiting returns the place that a compiler keeps ready.
func waiting(t *testing.T, c *Compiler) *place {
	t.Helper()
	c.places.mu.Lock()
	next := c.places.next
	c.places.mu.Unlock()
	if next == nil {
		t.Fatal("no place is made ready")
	}
	p := <-next
	if p == nil {
		t.Fatal("no place could be made")
	}
	next <- p
	return p
}

// TestWorkAhead: each function has a place of its own, which was there before; one whose process
// has ended, or whose folder somebody has removed, is not used, and nothing is left in the end. What comes out is what does without.
func TestWorkAhead(t *testing.T) {
	c, err := New(t.Context(), kit.Options{}, "")
	if err != nil {
		t.Fatal(err)
	}
	f := &Function{Name: "f", Source: `return fmt.Sprint(n), nil`, Args: []Argument{{Name: "n", Type: SQLType{Name: "bigint"}}}, Returns: &SQLType{Name: "text"}}
	object := func() []byte {
		t.Helper()
		o, err := c.Compile(t.Context(), f, Options{Anew: true})
		if err != nil {
			t.Fatal(err)
		}
		return o.Data
	}
	want := object()
	if c.places.next != nil {
		t.Error("a place is made ready that nobody has asked for")
	}
	c.WorkAhead()
	var used []*place
	for i := range 4 {
		p := waiting(t, c)
		used = append(used, p)
		switch i {
		case 1:
			p.worker.Close()
		case 2:
			if err := os.RemoveAll(p.work.Work); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(object(), want) {
			t.Errorf("%d: another object", i)
		}
		if next := waiting(t, c); next == p {
			t.Errorf("%d: two functions have one place", i)
		}
	}
	// A text with a mistake has used one up, too.
	p := waiting(t, c)
	used = append(used, p)
	f.Source = "return x"
	var mistake *SourceError
	if _, err := c.Compile(t.Context(), f, Options{}); !errors.As(err, &mistake) {
		t.Errorf("%v", err)
	}
	used = append(used, waiting(t, c))
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	for i, p := range used {
		if p.worker.Alive() {
			t.Errorf("%d: its process is still there", i)
		}
		if _, err := os.Stat(p.work.Work); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%d: its folder is still there: %v", i, err)
		}
	}
}
