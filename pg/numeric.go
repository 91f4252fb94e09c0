package pg

import "strings"

// Cmp compares numbers, as SQL orders them: it is -1, 0 or +1 as n is less than, equal to or
// greater than m. 1.0 and 1.00 are equal; NaN is equal to itself, and greater than all others.
func (n Numeric) Cmp(m Numeric) int {
	a, b := decimalOf(string(n)), decimalOf(string(m))
	switch {
	case a.class != b.class:
		return a.class.cmp(b.class)
	case a.class == negative:
		return b.cmp(a)
	}
	return a.cmp(b)
}

// class is where a number lies; those of one class but for positive and negative ones are
// equal.
type class int

const (
	minusInfinity class = iota
	negative
	zero
	positive
	infinity
	notANumber
)

func (c class) cmp(d class) int {
	switch {
	case c < d:
		return -1
	case c > d:
		return 1
	}
	return 0
}

// decimal is a number without its sign: 0.digits times ten to the power of point.
type decimal struct {
	class  class
	digits string // with no zeros around
	point  int
}

func (d decimal) cmp(e decimal) int {
	if d.point != e.point {
		return class(d.point).cmp(class(e.point))
	}
	return strings.Compare(d.digits, e.digits)
}

// decimalOf reads the text of a numeric; what is none counts as NaN.
func decimalOf(text string) decimal {
	text = strings.TrimSpace(text)
	sign, rest := positive, text
	if len(rest) > 0 && (rest[0] == '-' || rest[0] == '+') {
		if rest[0] == '-' {
			sign = negative
		}
		rest = rest[1:]
	}
	switch strings.ToLower(rest) {
	case "infinity", "inf":
		if sign == negative {
			return decimal{class: minusInfinity}
		}
		return decimal{class: infinity}
	}
	mantissa, exponent, hasExponent := rest, "", false
	if at := strings.IndexAny(rest, "eE"); at >= 0 {
		mantissa, exponent, hasExponent = rest[:at], rest[at+1:], true
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return decimal{class: notANumber}
	}
	point := len(whole)
	if hasExponent {
		e, ok := exponentOf(exponent)
		if !ok {
			return decimal{class: notANumber}
		}
		point += e
	}
	short := strings.TrimLeft(digits, "0")
	point -= len(digits) - len(short)
	if short = strings.TrimRight(short, "0"); short == "" {
		return decimal{class: zero}
	}
	return decimal{sign, short, point}
}

// exponentOf reads what stands behind an e; numerics have at most some 100,000 digits.
func exponentOf(text string) (e int, ok bool) {
	sign := 1
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	if text == "" || len(text) > 9 || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	for _, c := range text {
		e = e*10 + int(c-'0')
	}
	return sign * e, true
}
