package timecodec

import (
	"testing"
	"testing/quick"
	"time"

	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// Every value in range becomes a time and the same value again.
func TestSame(t *testing.T) {
	check := func(name string, low, high int64, get func(*codec.Slot) (time.Time, error), put func(*codec.Out, *codec.Slot, time.Time) error) {
		f := func(n uint64) bool {
			word := low + int64(n%uint64(high-low))
			for _, w := range []int64{word, low, high - 1, 0, -1} {
				v, err := get(&codec.Slot{Word: uint64(w)})
				if err != nil || v.Location() != time.UTC {
					return false
				}
				var s codec.Slot
				if err := put(nil, &s, v); err != nil || int64(s.Word) != w {
					return false
				}
				// Seen from elsewhere it is the same moment, but not the same reading.
				moved := put(nil, &s, v.In(time.FixedZone("", 3600)))
				if same := int64(s.Word) == w; name == "timestamptz" && (moved != nil || !same) || name == "timestamp" && moved == nil && same {
					return false
				}
			}
			return true
		}
		if err := quick.Check(f, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	check("timestamptz", minTimestamp, endTimestamp, GetTimestamptz, PutTimestamptz)
	check("timestamp", minTimestamp, endTimestamp, GetTimestamp, PutTimestamp)
	check("date", minDate, endDate, GetDate, PutDate)
}

func TestKnown(t *testing.T) {
	for want, word := range map[string]int64{
		"2000-01-01T00:00:00Z":           0,
		"1999-12-31T23:59:59.999999Z":    -1,
		"1970-01-01T00:00:00Z":           -946684800e6,
		"2024-02-29T12:34:56.789012345Z": 762525296789012,
	} {
		v, err := time.Parse(time.RFC3339Nano, want)
		if err != nil {
			t.Fatal(err)
		}
		var s codec.Slot
		if err := PutTimestamptz(nil, &s, v); err != nil || int64(s.Word) != word {
			t.Errorf("%s is %d, %v, want %d", want, int64(s.Word), err, word)
		}
	}
	late := time.Date(2024, 2, 29, 23, 30, 0, 0, time.FixedZone("", -3600))
	var s codec.Slot
	if err := PutDate(nil, &s, late); err != nil || int64(s.Word) != 8825 {
		t.Errorf("date is %d, %v", int64(s.Word), err)
	}
}

func TestOutOfRange(t *testing.T) {
	zero := time.Time{}
	for name, err := range map[string]error{
		"infinite+1":    PutTimestamptz(nil, &codec.Slot{}, infinite(codec.Infinity).AddDate(2000, 0, 0)),
		"late":          PutTimestamptz(nil, &codec.Slot{}, zero.AddDate(300000, 0, 0)),
		"early":         PutTimestamp(nil, &codec.Slot{}, zero.AddDate(-5000, 0, 0)),
		"late date":     PutDate(nil, &codec.Slot{}, zero.AddDate(5900000, 0, 0)),
		"time":          PutTime(nil, &codec.Slot{}, 25*time.Hour),
		"negative time": PutTime(nil, &codec.Slot{}, -1),
	} {
		if e, ok := err.(*codec.Error); !ok || e.Code != overflow {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Infinity has one value in Go, and comes back as such, from any zone.
func TestInfinity(t *testing.T) {
	for _, c := range []struct {
		low, high int64
		get       func(*codec.Slot) (time.Time, error)
		put       func(*codec.Out, *codec.Slot, time.Time) error
	}{
		{-1 << 63, 1<<63 - 1, GetTimestamptz, PutTimestamptz},
		{-1 << 63, 1<<63 - 1, GetTimestamp, PutTimestamp},
		{-1 << 31, 1<<31 - 1, GetDate, PutDate},
	} {
		for word, want := range map[int64]time.Time{c.low: infinite(codec.NegativeInfinity), c.high: infinite(codec.Infinity)} {
			v, err := c.get(&codec.Slot{Word: uint64(word)})
			if err != nil || v != want {
				t.Errorf("%d is %v, %v; want %v", word, v, err, want)
			}
			var s codec.Slot
			if err := c.put(nil, &s, v.Add(time.Hour).In(time.FixedZone("", -3600))); err != nil || int64(s.Word) != word {
				t.Errorf("%v is %d, %v; want %d", v, int64(s.Word), err, word)
			}
		}
	}
}
