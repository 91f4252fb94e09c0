package pg_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/pgfmt"
)

func TestErrorThroughWrapping(t *testing.T) {
	inner := &pg.Error{Code: "22023", Message: "bad value", Err: io.EOF}
	err := fmt.Errorf("row 3: %w", inner)
	if err.Error() != "row 3: bad value" {
		t.Errorf("text is %q", err)
	}
	found, ok := errors.AsType[*pg.Error](err)
	if !ok || found != inner {
		t.Error("errors.As does not find the *pg.Error")
	}
	if !errors.Is(err, io.EOF) {
		t.Error("errors.Is does not find the cause")
	}
}

func TestErrorText(t *testing.T) {
	for _, c := range []struct {
		err  *pg.Error
		want string
	}{
		{&pg.Error{Message: "m", Err: io.EOF}, "m"},
		{&pg.Error{Err: io.EOF}, "EOF"},
		{&pg.Error{}, ""},
		{nil, "nil *pg.Error returned as an error"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%+v has the text %q, want %q", c.err, got, c.want)
		}
	}
	if (*pg.Error)(nil).Unwrap() != nil {
		t.Error("a nil error has a cause")
	}
}

func TestErrorf(t *testing.T) {
	plain := pgfmt.Errorf("P0001", "row %d", 3)
	if plain.Code != "P0001" || plain.Message != "row 3" || plain.Err != nil {
		t.Errorf("got %+v", plain)
	}
	for _, err := range []error{
		pgfmt.Errorf("P0001", "a: %w", io.EOF),
		pgfmt.Errorf("P0001", "a: %w, %w", io.ErrClosedPipe, io.EOF),
	} {
		if !errors.Is(err, io.EOF) {
			t.Errorf("%v has lost its cause", err)
		}
	}
}
