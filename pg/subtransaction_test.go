package pg

import (
	"errors"
	"testing"
)

// What is no transaction that has begun cannot be ended, nor what is around others.
func TestTxOrder(t *testing.T) {
	outer := &Tx{}
	inner := &Tx{outer: outer}
	outer.inner, innermost = inner, inner
	defer func() { innermost = nil }()
	var none *Tx
	copied := *inner
	for _, tx := range []*Tx{none, {}, &copied} {
		if err := tx.Commit(); !errors.Is(err, ErrTxDone) {
			t.Errorf("%v: %v", tx, err)
		}
		if err := tx.Rollback(); !errors.Is(err, ErrTxDone) {
			t.Errorf("%v: %v", tx, err)
		}
	}
	if err := outer.Commit(); !errors.Is(err, errInner) || innermost != inner {
		t.Error(err)
	}
	inner.end()
	if err := inner.Rollback(); !errors.Is(err, ErrTxDone) {
		t.Error(err)
	}
	if innermost != outer || outer.inner != nil {
		t.Error("the outer one is not the innermost")
	}
}
