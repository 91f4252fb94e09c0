package compile

import (
	"bytes"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

func TestFunctionCache(t *testing.T) {
	c := newFunctionCache(t.TempDir(), 1<<20)
	if data, err := c.get([]byte("a")); data != nil || err != nil {
		t.Fatalf("an empty cache has %d bytes, %v", len(data), err)
	}
	if err := c.put([]byte("a"), []byte("object")); err != nil {
		t.Fatal(err)
	}
	// Another process.
	other := newFunctionCache(c.dir, c.max)
	if data, err := other.get([]byte("a")); string(data) != "object" || err != nil {
		t.Fatalf("got %q, %v", data, err)
	}
	for _, damage := range []func([]byte) []byte{
		func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		func(b []byte) []byte { return b[:len(b)-1] },
		func(b []byte) []byte { return b[:10] },
		func(b []byte) []byte { return nil },
	} {
		if err := c.put([]byte("a"), []byte("object")); err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(c.path([]byte("a")))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(c.path([]byte("a")), damage(file), 0o644); err != nil {
			t.Fatal(err)
		}
		if data, err := c.get([]byte("a")); data != nil || err != nil {
			t.Errorf("a damaged file is believed: %q, %v", data, err)
		}
	}
}

// The files that nobody uses go first, and the size stays within bounds.
func TestFunctionCacheBound(t *testing.T) {
	c := newFunctionCache(t.TempDir(), 1<<20)
	object := bytes.Repeat([]byte("x"), 100<<10)
	key := func(i int) []byte { return fmt.Append(nil, i) }
	for i := range 40 {
		if err := c.put(key(i), object); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(time.Duration(i-100) * time.Minute)
		if err := os.Chtimes(c.path(key(i)), old, old); err != nil {
			t.Fatal(err)
		}
		if data, err := c.get(key(0)); data == nil || err != nil {
			t.Fatalf("after %d, what is used all the time has gone (%v)", i, err)
		}
	}
	_, total, err := c.list()
	if err != nil || total > c.max+c.max/8 {
		t.Errorf("%d bytes are kept, of %d (%v)", total, c.max, err)
	}
	if data, _ := c.get(key(1)); data != nil {
		t.Error("the oldest is still there")
	}
	if data, _ := c.get(key(39)); data == nil {
		t.Error("the newest has gone")
	}
}

// Several writers and readers see whole objects or none.
func TestFunctionCacheShared(t *testing.T) {
	dir := t.TempDir()
	var wait sync.WaitGroup
	for w := range 4 {
		wait.Go(func() {
			c := newFunctionCache(dir, 64<<10)
			for i := range 100 {
				want := bytes.Repeat([]byte{byte(i % 10)}, 8<<10)
				if err := c.put([]byte{byte(i % 10)}, want); err != nil {
					t.Error(w, err)
				}
				if data, err := c.get([]byte{byte(i % 10)}); err != nil || data != nil && !bytes.Equal(data, want) {
					t.Errorf("writer %d reads %d bytes, %v", w, len(data), err)
				}
			}
		})
	}
	wait.Wait()
}
