// Package recur says when what is repeated takes place: rules of calendars (RFC 5545), as far as they have
// FREQ, INTERVAL, COUNT, UNTIL, BYDAY without numbers, and BYMONTHDAY.
package recur

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rule is a rule that has been read.
type rule struct {
	freq      string
	interval  int
	count     int // 0: no end
	until     time.Time
	weekdays  []time.Weekday
	monthDays []int
}

var weekdays = []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// parse reads a rule.
func parse(text string) (*rule, error) {
	r := &rule{interval: 1}
	for _, part := range strings.Split(strings.TrimPrefix(text, "RRULE:"), ";") {
		name, value, _ := strings.Cut(part, "=")
		var err error
		switch name {
		case "FREQ":
			if !slices.Contains([]string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}, value) {
				err = fmt.Errorf("no such frequency")
			}
			r.freq = value
		case "INTERVAL":
			r.interval, err = number(value, 1, 10000)
		case "COUNT":
			r.count, err = number(value, 1, 1000000)
		case "UNTIL":
			if r.until, err = time.Parse("20060102T150405", strings.TrimSuffix(value, "Z")); err != nil {
				if r.until, err = time.Parse("20060102", value); err == nil {
					r.until = r.until.Add(24*time.Hour - 1)
				}
			}
		case "BYDAY":
			for _, day := range strings.Split(value, ",") {
				i := slices.Index(weekdays, day)
				if i < 0 {
					return nil, fmt.Errorf("%s: %s is no day of the week", part, day)
				}
				r.weekdays = append(r.weekdays, time.Weekday(i))
			}
		case "BYMONTHDAY":
			for _, day := range strings.Split(value, ",") {
				n, err := number(day, 1, 31)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", part, err)
				}
				r.monthDays = append(r.monthDays, n)
			}
		default:
			err = fmt.Errorf("not understood")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part, err)
		}
	}
	if r.freq == "" {
		return nil, fmt.Errorf("a rule needs FREQ")
	}
	return r, nil
}

func number(text string, low, high int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%q is no number from %d to %d", text, low, high)
	}
	return n, nil
}

// allows tells whether a day is one of the rule's.
func (r *rule) allows(day, start time.Time) bool {
	switch {
	case len(r.weekdays) > 0 && !slices.Contains(r.weekdays, day.Weekday()),
		len(r.monthDays) > 0 && !slices.Contains(r.monthDays, day.Day()):
		return false
	case r.freq == "WEEKLY" && len(r.weekdays) == 0:
		return day.Weekday() == start.Weekday()
	case (r.freq == "MONTHLY" || r.freq == "YEARLY") && len(r.weekdays) == 0 && len(r.monthDays) == 0:
		return day.Day() == start.Day()
	}
	return true
}

// period is the number of the day's period, counted from the start's.
func (r *rule) period(day, start time.Time) int {
	days := func(t time.Time) int { return int(t.Unix() / 86400) }
	switch r.freq {
	case "DAILY":
		return days(day) - days(start)
	case "WEEKLY": // which begins on Monday
		return (days(day)+3)/7 - (days(start)+3)/7
	case "MONTHLY":
		return 12*(day.Year()-start.Year()) + int(day.Month()) - int(start.Month())
	}
	if day.Month() != start.Month() && len(r.monthDays) == 0 && len(r.weekdays) == 0 {
		return -1
	}
	return day.Year() - start.Year()
}

// Occurrences are the times of a rule from its start on, by the clock on the wall. Without COUNT and
// UNTIL they end after a hundred years; a LIMIT takes the first ones.
//
//pg:function immutable parallel=safe
//pg:arg start type=timestamp
//pg:result type=timestamp
func Occurrences(start time.Time, text string) (iter.Seq[time.Time], error) {
	r, err := parse(text)
	if err != nil {
		return nil, err
	}
	if start.Year() < 1970 || start.Year() > 9999 {
		return nil, fmt.Errorf("the start has to be of the years 1970 to 9999")
	}
	return func(yield func(time.Time) bool) {
		seen := 0
		for i := range 36525 {
			day := start.AddDate(0, 0, i)
			if !r.until.IsZero() && day.After(r.until) {
				return
			}
			if p := r.period(day, start); p < 0 || p%r.interval != 0 || !r.allows(day, start) {
				continue
			}
			if seen++; !yield(day) || seen == r.count {
				return
			}
		}
	}, nil
}
