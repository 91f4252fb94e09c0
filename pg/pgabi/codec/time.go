package codec

import "github.com/pgstd/pgstd/pg/internal/host"

// What package time makes of a moment, where an object has it: package timecodec says so.
var (
	makeTime func(seconds, nanoseconds int64) any
	clockOf  func(moment any) (ahead int32, own bool)
	timeNote uint32 // of package timecodec
)

// SetTime says what a moment is, by the seconds since 1970 and nanoseconds, and what [Clock] returns.
func SetTime(f func(seconds, nanoseconds int64) any, clock func(moment any) (ahead int32, own bool)) bool {
	makeTime, clockOf, timeNote = f, clock, host.Note()
	return true
}

// Clock returns by how many seconds the clock of a moment's own zone is ahead of UTC. Own is false
// if the zone is none of its own: time.Local, which is the session's for SQL.
func Clock(moment any) (ahead int32, own bool) {
	if clockOf == nil {
		return 0, false
	}
	return clockOf(moment)
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
