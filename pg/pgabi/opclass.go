package pgabi

import (
	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/internal/pg"
)

// What the functions of an operator class need.

// Operator returns the operator of a class by its number, from 1.
func Operator(list []string, number int16) (string, error) {
	if number < 1 || int(number) > len(list) {
		return "", &pg.Error{Code: "22023", Message: "the operator class has no operator with number " + host.Itoa(int(number))}
	}
	return list[number-1], nil
}

// Match says whether something matches, and whether the operator has to look again, as the host
// has it.
func Match(match, recheck bool) int16 {
	switch {
	case !match:
		return 0
	case recheck:
		return 2
	}
	return 1
}

// Branch checks the branch of a node that Choose or InnerConsistent has named.
func Branch(n, branches int) (int32, error) {
	if n < 0 || n >= branches {
		return 0, &pg.Error{Message: "a node has the branches 0 to " + host.Itoa(branches-1) + ", and none with number " + host.Itoa(n)}
	}
	return int32(n), nil
}

// Divide divides the keys of a page as right says; in the middle, if they are all on one side.
func Divide[K any](keys []K, right []bool) (onLeft, onRight []K, err error) {
	if len(right) != len(keys) {
		return nil, nil, &pg.Error{Message: "PickSplit has divided " + host.Itoa(len(right)) + " keys of " + host.Itoa(len(keys))}
	}
	for pass := 0; len(onLeft) == 0 || len(onRight) == 0; pass++ {
		if pass > 1 {
			return nil, nil, &pg.Error{Message: "a page with " + host.Itoa(len(keys)) + " keys cannot be divided"}
		}
		onLeft, onRight = nil, nil
		for i, k := range keys {
			if pass > 0 {
				right[i] = i >= len(keys)/2
			}
			if right[i] {
				onRight = append(onRight, k)
			} else {
				onLeft = append(onLeft, k)
			}
		}
	}
	return onLeft, onRight, nil
}
