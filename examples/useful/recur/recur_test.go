package recur

import (
	"strings"
	"testing"
	"time"

	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/pgtest"
)

func TestOccurrences(t *testing.T) {
	for rule, want := range map[string]string{
		"FREQ=DAILY;COUNT=3":                           "Mon 05 Jan, Tue 06 Jan, Wed 07 Jan",
		"FREQ=DAILY;INTERVAL=10;UNTIL=20260131":        "Mon 05 Jan, Thu 15 Jan, Sun 25 Jan",
		"RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3":         "Mon 05 Jan, Mon 19 Jan, Mon 02 Feb",
		"FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;COUNT=4":   "Tue 06 Jan, Sun 11 Jan, Tue 20 Jan, Sun 25 Jan",
		"FREQ=MONTHLY;COUNT=2":                         "Mon 05 Jan, Thu 05 Feb",
		"FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3":           "Sat 31 Jan, Tue 31 Mar, Sun 31 May",
		"FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=2":  "Fri 13 Feb, Fri 13 Mar",
		"FREQ=YEARLY;UNTIL=20270105T235959Z":           "Mon 05 Jan, Tue 05 Jan",
		"FREQ=YEARLY;INTERVAL=2;COUNT=2;BYMONTHDAY=29": "Thu 29 Jan, Sun 29 Mar",
	} {
		seq, err := Occurrences(time.Date(2026, 1, 5, 9, 30, 0, 0, time.UTC), rule)
		if err != nil {
			t.Error(rule, err)
			continue
		}
		var got []string
		for day := range seq {
			got = append(got, day.Format("Mon 02 Jan"))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %v, want %s", rule, got, want)
		}
	}
	for _, bad := range []string{"", "FREQ=HOURLY", "FREQ=DAILY;COUNT=0", "FREQ=WEEKLY;BYDAY=1MO", "FREQ=DAILY;UNTIL=soon", "FREQ=DAILY;BYSETPOS=1"} {
		if _, err := Occurrences(time.Now(), bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func PgTestOccurrences(t *pgtest.T) {
	var got string
	err := pg.QueryRow(`SELECT string_agg(to_char(o, 'YYYY-MM-DD HH24:MI'), ', ')
		FROM occurrences('2026-03-27 09:30', 'FREQ=DAILY;COUNT=3') AS o`).Scan(&got)
	if err != nil || got != "2026-03-27 09:30, 2026-03-28 09:30, 2026-03-29 09:30" {
		t.Error(got, err)
	}
	if err := pg.QueryRow(`SELECT max(o)::text FROM (SELECT o FROM occurrences('2026-01-05', 'FREQ=WEEKLY') AS o LIMIT 100) AS s`).Scan(&got); err != nil || got != "2027-11-29 00:00:00" {
		t.Error(got, err)
	}
}
