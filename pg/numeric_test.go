package pg

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// Numerics are in SQL's order, whatever their texts look like.
func TestNumericOrder(t *testing.T) {
	order := []string{
		"-Infinity -inf", "-1e20", "-100 -1e2 -0100.0", "-9.99", "-9", "-0.5 -.5 -5e-1", "0 -0 0.00 0e9 .0", "0.001 1e-3", "0.01", "0.1 1e-1 .10",
		"9 9.0 +9 0.9e1", "10 10.00 1E+1", "99.5", "100 1e2", "1e131072", "Infinity inf +Infinity", "NaN",
	}
	for i, a := range order {
		for k, b := range order {
			for _, x := range strings.Fields(a) {
				for _, y := range strings.Fields(b) {
					if got, want := Numeric(x).Cmp(Numeric(y)), class(i).cmp(class(k)); got != want {
						t.Errorf("%s is %d to %s, want %d", x, got, y, want)
					}
				}
			}
		}
	}
	list := []Numeric{"10", "9", "-1", "2.50"}
	slices.SortFunc(list, Numeric.Cmp)
	if want := []Numeric{"-1", "2.50", "9", "10"}; !slices.Equal(list, want) {
		t.Errorf("sorted: %v, want %v", list, want)
	}
	for _, bad := range []string{"", "x", "1x", "1e", "1e1000000000", "--1", "."} {
		if Numeric(bad).Cmp("NaN") != 0 {
			t.Errorf("%q is a number", bad)
		}
	}
}

// An interval is printed as SQL shows it.
func TestIntervalString(t *testing.T) {
	for want, i := range map[string]Interval{
		"00:00:00": {}, "1 mon 2 days 00:00:03": {3e6, 2, 1}, "1 year 1 mon": {0, 0, 13}, "2 years 3 days 04:05:06.78": {14706780000, 3, 24},
		"-1 mons +2 days -00:00:00.000001": {-1, 2, -1}, "-1 days +01:00:00": {3600e6, -1, 0}, "-2562047788:00:54.775808": {math.MinInt64, 0, 0}, "100:00:00": {360000e6, 0, 0},
	} {
		if got := i.String(); got != want {
			t.Errorf("%#v is %s, want %s", i, got, want)
		}
	}
}
