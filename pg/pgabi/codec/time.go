package codec

import "github.com/pgstd/pgstd/pg/internal/host"

// What package time makes of a moment, where an object has it: package timecodec says so.
var (
	makeTime func(seconds, nanoseconds int64) any
	timeNote uint32 // of package timecodec
)

// SetTime says what a moment is, by the seconds since 1970 and nanoseconds.
func SetTime(f func(seconds, nanoseconds int64) any) bool {
	makeTime, timeNote = f, host.Note()
	return true
}

// Time returns a moment as a time.Time; false if the object does without package time.
func Time(seconds, nanoseconds int64) (any, bool) {
	if makeTime == nil || !host.Imported(timeNote) {
		return nil, false
	}
	return makeTime(seconds, nanoseconds), true
}

// AnyJSON returns what encoding/json makes of a text for an any; false if the object does
// without that package, or it is no JSON.
func AnyJSON(text string) (v any, ok bool) {
	if !hasJSON() {
		return nil, false
	}
	return v, unmarshalJSON([]byte(text), &v) == nil
}
