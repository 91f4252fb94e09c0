package textkit

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/pgstd/pgstd/pg"
)

// semver is the grammar of semver.org, version 2.0.0, with the "v" that many put
// in front.
var semver = regexp.MustCompile(`^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)` +
	`(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?` +
	`(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$`)

// SemverCompare compares two semantic versions: -1 when the first comes before
// the second, 1 when it comes after, 0 when neither does.
//
//pg:function immutable parallel=safe
func SemverCompare(a, b string) (int32, error) {
	va, vb := semver.FindStringSubmatch(a), semver.FindStringSubmatch(b)
	for _, v := range []struct {
		text  string
		parts []string
	}{{a, va}, {b, vb}} {
		if v.parts == nil {
			return 0, &pg.Error{Code: "22023", Message: "not a semantic version: " + v.text, Hint: "Write MAJOR.MINOR.PATCH, as in 1.20.3 or 1.20.3-rc.1."}
		}
	}
	for i := 1; i <= 3; i++ {
		if c := compareNumbers(va[i], vb[i]); c != 0 {
			return int32(c), nil
		}
	}
	return int32(comparePrereleases(va[4], vb[4])), nil
}

// compareNumbers compares decimal numbers of any length without leading zeros.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

func comparePrereleases(a, b string) int {
	if a == "" || b == "" { // a release comes after its prereleases
		return cmp.Compare(len(b), len(a))
	}
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		if c := compareIdentifiers(as[i], bs[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

func compareIdentifiers(a, b string) int {
	switch na, nb := isNumber(a), isNumber(b); {
	case na && nb:
		return compareNumbers(a, b)
	case na:
		return -1
	case nb:
		return 1
	}
	return cmp.Compare(a, b)
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }
