// Package timecodec passes SQL's dates and times as those of package time. It is
// a package of its own so that an object which has none does not carry that.
//
// PostgreSQL counts microseconds: nanoseconds below one are cut off. Infinity is
// pg.Infinity; any other time beyond PostgreSQL's range is an error.
package timecodec

import (
	"time"

	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

var _ = codec.SetTime(func(seconds, nanoseconds int64) any { return time.Unix(seconds, nanoseconds).UTC() }, clock)

func clock(moment any) (ahead int32, own bool) {
	v, ok := moment.(interface {
		Location() *time.Location
		Zone() (name string, offset int)
	})
	if !ok || v.Location() == time.Local {
		return 0, false
	}
	_, offset := v.Zone()
	return int32(offset), true
}

const (
	// epoch is 2000-01-01, in seconds and days of Unix time.
	epoch     = 946684800
	epochDays = epoch / 86400
	// PostgreSQL's range: from 4714-11-24 BC to the end of 294276 AD for
	// timestamps, of 5874897 AD for dates, in microseconds and days since 2000.
	minTimestamp = -211813488000000000
	endTimestamp = 9223371331200000000
	minDate      = -2451545
	endDate      = 2145031949

	overflow = "22008"
)

func errRange(kind string, t time.Time) error {
	return &codec.Error{Code: overflow, Message: kind + " out of range: the year is " + itoa(int64(t.Year()))}
}

func itoa(n int64) string {
	switch {
	case n < 0:
		return "-" + itoa(-n)
	case n < 10:
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

func get(s *codec.Slot) (time.Time, error) {
	us := int64(s.Word)
	switch us {
	case 1<<63 - 1:
		return infinite(codec.Infinity), nil
	case -1 << 63:
		return infinite(codec.NegativeInfinity), nil
	}
	// Two parts, as the sum in microseconds since 1970 may be out of range.
	return time.Unix(epoch+us/1e6, us%1e6*1e3).UTC(), nil
}

func infinite(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// putInfinite makes s an infinity if v is one.
func putInfinite(s *codec.Slot, v time.Time, low, high int64) bool {
	sign := codec.Infinite(v.Unix())
	switch sign {
	case 1:
		*s = codec.Slot{Word: uint64(high)}
	case -1:
		*s = codec.Slot{Word: uint64(low)}
	}
	return sign != 0
}

func put(s *codec.Slot, v time.Time, kind string) error {
	seconds := v.Unix() - epoch
	if seconds < minTimestamp/1e6 || seconds >= endTimestamp/1e6 {
		return errRange(kind, v)
	}
	*s = codec.Slot{Word: uint64(seconds*1e6 + int64(v.Nanosecond()/1e3))}
	return nil
}

// GetTimestamptz returns a timestamp with time zone, in UTC.
func GetTimestamptz(s *codec.Slot) (time.Time, error) { return get(s) }

// PutTimestamptz makes s a timestamp with time zone.
func PutTimestamptz(_ *codec.Out, s *codec.Slot, v time.Time) error {
	if putInfinite(s, v, -1<<63, 1<<63-1) {
		return nil
	}
	return put(s, v, "timestamptz")
}

// GetTimestamp returns a timestamp without time zone: the same reading of the
// clock, in UTC.
func GetTimestamp(s *codec.Slot) (time.Time, error) { return get(s) }

// PutTimestamp makes s a timestamp without time zone: the reading of the clock in
// v's own zone.
func PutTimestamp(_ *codec.Out, s *codec.Slot, v time.Time) error {
	if putInfinite(s, v, -1<<63, 1<<63-1) {
		return nil
	}
	return put(s, reading(v), "timestamp")
}

// reading returns the time in UTC at which the clock shows what it shows at v.
func reading(v time.Time) time.Time {
	_, offset := v.Zone()
	return v.UTC().Add(time.Duration(offset) * time.Second)
}

// GetDate returns a date: its midnight, in UTC.
func GetDate(s *codec.Slot) (time.Time, error) {
	days := int32(s.Word)
	switch days {
	case 1<<31 - 1:
		return infinite(codec.Infinity), nil
	case -1 << 31:
		return infinite(codec.NegativeInfinity), nil
	}
	return time.Unix((int64(days)+epochDays)*86400, 0).UTC(), nil
}

// PutDate makes s a date: that of v in its own zone.
func PutDate(_ *codec.Out, s *codec.Slot, v time.Time) error {
	if putInfinite(s, v, -1<<31, 1<<31-1) {
		return nil
	}
	seconds := reading(v).Unix()
	days := seconds / 86400
	if seconds%86400 < 0 {
		days--
	}
	if days -= epochDays; days < minDate || days >= endDate {
		return errRange("date", v)
	}
	*s = codec.Slot{Word: uint64(days)}
	return nil
}

// GetTime returns a time of day, as the time since midnight.
func GetTime(s *codec.Slot) (time.Duration, error) {
	return time.Duration(s.Word) * time.Microsecond, nil
}

// PutTime makes s a time of day.
func PutTime(_ *codec.Out, s *codec.Slot, v time.Duration) error {
	if v < 0 || v > 24*time.Hour {
		return &codec.Error{Code: overflow, Message: "time out of range: a time of day is from 0 to 24 hours, not " + v.String()}
	}
	*s = codec.Slot{Word: uint64(v / time.Microsecond)}
	return nil
}

type interval = struct {
	Microseconds int64
	Days, Months int32
}

// GetInterval returns an interval without months and days.
func GetInterval(s *codec.Slot) (time.Duration, error) {
	v, err := codec.GetInterval[interval](s)
	if err != nil {
		return 0, err
	}
	const hint = "Use pg.Interval, which has months, days and microseconds."
	if v.Days != 0 || v.Months != 0 {
		return 0, &codec.Error{Code: overflow, Message: "interval has days or months, which have no fixed length and so are no time.Duration", Hint: hint}
	}
	if v.Microseconds > 1<<63/1000-1 || v.Microseconds < -1<<63/1000 {
		return 0, &codec.Error{Code: overflow, Message: "interval is longer than a time.Duration can be", Hint: hint}
	}
	return time.Duration(v.Microseconds) * time.Microsecond, nil
}

// PutInterval makes s an interval.
func PutInterval(o *codec.Out, s *codec.Slot, v time.Duration) error {
	return codec.PutInterval(o, s, interval{Microseconds: v.Microseconds()})
}
