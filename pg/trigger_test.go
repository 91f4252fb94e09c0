package pg

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// triggerData is a call of a BEFORE UPDATE trigger of a table (n bigint, m bigint).
func triggerData(id uint64) *host.TriggerData {
	columns := []host.Column{{Name: "n", OID: 20, Type: host.Int8}, {Name: "m", OID: 20, Type: host.Int8}}
	old, new := []host.Slot{{Word: 1}, {Word: 2}}, []host.Slot{{Word: 1}, {Flags: host.Null}}
	return &host.TriggerData{
		ID: id, Name: "t", Schema: "public", Table: "items",
		NColumns: 2, Columns: unsafe.SliceData(columns),
		Old: unsafe.SliceData(old), New: unsafe.SliceData(new),
		When: uint32(Before), Event: uint32(Update), ForEachRow: 1,
	}
}

func TestTriggerChanges(t *testing.T) {
	d := triggerData(1)
	values := unsafe.Slice(d.New, 2)
	err := runTrigger(d, func(t *Trigger) error {
		var n int64
		if err := t.New.Get("n", &n); err != nil {
			return err
		}
		return errors.Join(t.New.Set("m", n+10), t.New.Set("m", n+41))
	})
	if err != nil || d.NChanged != 1 || d.Action != 0 {
		t.Fatalf("%v, %d columns changed, action %d", err, d.NChanged, d.Action)
	}
	row := keepTrigger.row.row
	if keepTrigger.row.lease.changed[0] != 1 || row.Values[1].Word != 42 || row.Values[1].Flags != 0 {
		t.Errorf("changed %v to %+v", keepTrigger.row.lease.changed, row.Values)
	}
	if values[1].Flags != host.Null {
		t.Error("the host's memory has been written to")
	}
}

func TestTriggerMisuse(t *testing.T) {
	var kept *Trigger
	var copied Record
	d := triggerData(2)
	err := runTrigger(d, func(tr *Trigger) error {
		kept, copied = tr, *tr.New
		if err := tr.Old.Set("n", int64(1)); err != errOldRow {
			t.Errorf("setting the old row: %v", err)
		}
		if e, ok := errors.AsType[*Error](tr.New.Set("x", int64(1))); !ok || e.Code != "42703" {
			t.Error("a column that is not there can be set")
		}
		tr.Skip()
		return nil
	})
	if err != nil || d.Action != host.SkipRow || d.NChanged != 0 {
		t.Errorf("%v, action %d, %d changed", err, d.Action, d.NChanged)
	}
	var v any
	for _, err := range []error{kept.New.Get("n", &v), kept.Old.Get("n", &v), copied.Get("n", &v), copied.Set("n", int64(1))} {
		if err != errOver {
			t.Errorf("after the call: %v", err)
		}
	}
	if kept.New.Columns() != nil {
		t.Error("a row that is gone has columns")
	}
	d = triggerData(3)
	d.When = uint32(After)
	if err := runTrigger(d, func(t *Trigger) error { t.Skip(); return nil }); err != errTime {
		t.Errorf("skipped after: %v", err)
	}
	if err := runTrigger(d, func(t *Trigger) error { return t.New.Set("n", int64(1)) }); err != errTime {
		t.Errorf("set after: %v", err)
	}
}

// A copy of a row has changes of its own, and none of them gets into the host's memory.
func TestTriggerRowCopied(t *testing.T) {
	d := triggerData(4)
	values := unsafe.Slice(d.New, 2)
	err := runTrigger(d, func(t *Trigger) error {
		other := *t.New
		return errors.Join(other.Set("n", int64(7)), t.New.Set("m", int64(8)))
	})
	if err != nil || values[0].Word != 1 || values[1].Flags != host.Null {
		t.Errorf("%v, host's row %+v", err, values)
	}
	if row := keepTrigger.row.row; row.Values[0].Word != 1 || row.Values[1].Word != 8 {
		t.Errorf("the row is %+v", row.Values)
	}
}

// A record that takes the place of a row whose call is over keeps what it has.
func TestTriggerRowAssignedLater(t *testing.T) {
	var over *Record
	set := func(t *Trigger) error {
		over = t.New
		return t.New.Set("m", "8")
	}
	if err := runTrigger(triggerData(7), set); err != nil {
		t.Fatal(err)
	}
	var other Record
	if err := other.Set("text", string([]byte("kept"))); err != nil {
		t.Fatal(err)
	}
	*over = other
	if err := runTrigger(triggerData(7), set); err != nil {
		t.Fatal(err)
	}
	if reflect.ValueOf(*other.keep).IsZero() {
		t.Error("a record has lost what its columns point to")
	}
}

// replaces is a value during whose making something happens.
type replaces struct{ what func() }

func (r replaces) MarshalText() ([]byte, error) {
	r.what()
	return []byte("7"), nil
}

// Values of another type than the column's are those of one copy of the row: others, and all
// rows to come, go on to have what their columns say.
func TestTriggerRowTypes(t *testing.T) {
	for range 2 {
		err := runTrigger(triggerData(5), func(t *Trigger) error {
			if err := t.New.Set("n", int64(5)); err != nil {
				return err
			}
			before := *t.New
			if err := t.New.Set("n", "text"); err != nil {
				return err
			}
			after := *t.New
			if err := after.Set("n", true); err != nil {
				return err
			}
			var n int64
			var b bool
			if err := errors.Join(before.Get("n", &n), after.Get("n", &b)); err != nil || n != 5 || !b {
				return errors.Join(err, errors.New("the copies have changed"))
			}
			return t.New.Set("n", int64(6))
		})
		if row := keepTrigger.row.row; err != nil || row.Values[0].Word != 6 || row.Columns[0].Type != host.Int8 {
			t.Errorf("%v, the row is %+v", err, row)
		}
	}
	if c := descriptions[5].columns[0]; c.Type != host.Int8 {
		t.Errorf("the column of all rows is %+v", c)
	}
}

// A row that is replaced while a value for it is made does not get the value.
func TestTriggerRowReplaced(t *testing.T) {
	d := triggerData(6)
	old := append([]host.Slot(nil), unsafe.Slice(d.Old, 2)...)
	for name, other := range map[string]func(t *Trigger) Record{
		"the old row": func(t *Trigger) Record { return *t.Old },
		"no row":      func(t *Trigger) Record { return Record{} },
	} {
		err := runTrigger(d, func(t *Trigger) error {
			return t.New.Set("n", replaces{func() { *t.New = other(t) }})
		})
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := runTrigger(d, func(t *Trigger) error {
		was := *t.New
		err := t.New.Set("n", int64(3))
		*t.New = was
		return err
	}); err != errNewRow {
		t.Errorf("the row as it was: %v", err)
	}
	if now := unsafe.Slice(d.Old, 2); now[0] != old[0] || now[1] != old[1] {
		t.Errorf("the host's row is %+v", now)
	}
	var r Record
	if err := r.Set("n", replaces{func() { r = Record{} }}); err == nil {
		t.Error("a record that was replaced got the value")
	}
}

// Functions may keep what they get: no later call gets the same, nor what it has set.
func TestTriggersKept(t *testing.T) {
	seen := map[*Trigger]bool{}
	for i := range 100 {
		err := runTrigger(triggerData(7), func(t *Trigger) error {
			seen[t] = true
			for kept := range seen {
				if kept == t {
					continue
				}
				var n int64
				copied := *kept.Old
				for _, r := range []*Record{kept.New, kept.Old, &copied} {
					if err := r.Get("n", &n); err != errOver || r.Columns() != nil || r.Set("n", n) != errOver {
						return errors.Join(errors.New("a row that is gone is there"), err)
					}
				}
			}
			return t.New.Set("m", make([]byte, i))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 100 {
		t.Errorf("100 calls, %d triggers", len(seen))
	}
	checkKept(t)
	failed := errors.New("failed")
	if err := runTrigger(triggerData(7), func(t *Trigger) error {
		return errors.Join(t.New.Set("m", "text"), failed)
	}); !errors.Is(err, failed) || keepChanged != nil {
		t.Errorf("%v, and %v is kept", err, keepChanged)
	}
	checkKept(t)
}

// checkKept looks whether anything is kept but what the last call has set.
func checkKept(t *testing.T) {
	t.Helper()
	for _, l := range leases {
		if &l.room.keep != keepChanged && !reflect.ValueOf(l.room.keep).IsZero() {
			t.Error("more is kept than what the last call has set")
		}
	}
}

// The row of an earlier call does not become the new one, although both have had the same room.
func TestTriggerRowOfEarlierCall(t *testing.T) {
	var earlier Record
	set := func(t *Trigger) error {
		err := t.New.Set("m", "text")
		earlier = *t.New
		return err
	}
	if err := runTrigger(triggerData(8), set); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(t *Trigger) error{
		"instead":   func(t *Trigger) error { *t.New = earlier; return nil },
		"after set": func(t *Trigger) error { err := t.New.Set("n", int64(1)); *t.New = earlier; return err },
		"set":       func(t *Trigger) error { *t.New = earlier; t.New.Set("n", int64(1)); return nil },
	} {
		if err := runTrigger(triggerData(9), f); err != errNewRow {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A value that is made while its call comes to an end does not get into the next call's row.
func TestTriggerRowSetTooLate(t *testing.T) {
	for name, test := range map[string]struct {
		replace bool
		want    error
	}{"over": {false, errOver}, "another call's": {true, errReplaced}} {
		made, goOn, result := make(chan bool), make(chan bool), make(chan error)
		var first *Record
		if err := runTrigger(triggerData(8), func(t *Trigger) error {
			first = t.New
			go func() {
				result <- first.Set("m", replaces{func() { made <- true; <-goOn }})
			}()
			<-made
			return t.New.Set("n", int64(2))
		}); err != nil {
			t.Fatal(err)
		}
		if err := runTrigger(triggerData(8), func(t *Trigger) error {
			err := t.New.Set("m", int64(3))
			if test.replace {
				*first = *t.New
			}
			goOn <- true
			if late := <-result; late == nil || late.Error() != "pg: column m: "+test.want.Error() {
				return errors.Join(errors.New("the value that comes too late"), late)
			}
			return err
		}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		row := keepTrigger.row.row
		if keepTrigger.row.lease.changed[0] != 1 || row.Values[0].Word != 1 || row.Values[1].Word != 3 {
			t.Errorf("%s: the row is %+v", name, row.Values)
		}
	}
}

// A trigger that is called while another one runs has a lease of its own.
func TestTriggerNested(t *testing.T) {
	var inner Record
	err := runTrigger(triggerData(8), func(outer *Trigger) error {
		err := runTrigger(triggerData(9), func(t *Trigger) error {
			inner = *t.New
			return t.New.Set("n", "4")
		})
		var n int64
		if err := inner.Get("n", &n); err != errOver {
			t.Errorf("a row of the call further in: %v", err)
		}
		return errors.Join(err, outer.New.Get("n", &n), outer.New.Set("n", n+4))
	})
	if err != nil || keepTrigger.row.row.Values[0].Word != 5 {
		t.Errorf("%v, the row is %+v", err, keepTrigger.row.row.Values)
	}
	checkKept(t)
}

// What is made too late for its call is not kept by a lease that no call has.
func TestTriggerKeepsNothingTooLate(t *testing.T) {
	leases = nil
	made, goOn, result := make(chan bool), make(chan bool), make(chan error)
	if err := runTrigger(triggerData(8), func(t *Trigger) error {
		go func() {
			result <- t.New.Set("m", replaces{func() { made <- true; <-goOn }})
		}()
		<-made
		return errors.New("failed")
	}); err == nil {
		t.Fatal("no error")
	}
	goOn <- true
	if err := <-result; err == nil {
		t.Error("set too late")
	}
	checkKept(t)
}

// A call that fails keeps nothing of what it has set, whichever copy of its row came first.
func TestTriggerFailedKeepsNothing(t *testing.T) {
	failed := errors.New("failed")
	var row *Record
	for _, f := range []func() error{func() error { return failed }, func() error { panic(failed) }} {
		func() {
			defer func() { recover() }()
			runTrigger(triggerData(8), func(t *Trigger) error {
				row = t.New
				other := *t.New
				if err := errors.Join(other.Set("n", "first"), t.New.Set("m", strings.Repeat("x", 1<<20))); err != nil {
					return err
				}
				return f()
			})
		}()
		if !reflect.ValueOf(*row.keep).IsZero() {
			t.Error("the row keeps what it was set to")
		}
	}
	checkKept(t)
}
