// Package cel has conditions of the business in the Common Expression Language: kept in a table, checked
// when they are written, and held against rows.
//
//	CREATE TABLE discounts (percent int, condition text CHECK (cel_error(condition) IS NULL));
//	SELECT percent FROM discounts WHERE cel(condition, to_jsonb(customer));
//
// It is built with modules of others: pgbuild run --policy=curated ./cel
package cel

import (
	"fmt"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
)

// language is what conditions can say: row is the row, and there are functions of texts.
var language = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(cel.Variable("row", cel.MapType(cel.StringType, cel.DynType)), ext.Strings())
})

// maxCost bounds what one condition may do: about as many steps.
const maxCost = 1_000_000

// programs are conditions that have been compiled; a session forgets them when there are many.
var programs = map[string]cel.Program{}

func program(condition string) (cel.Program, error) {
	if p := programs[condition]; p != nil {
		return p, nil
	}
	env, err := language()
	if err != nil {
		return nil, err
	}
	checked, issues := env.Compile(condition)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	if t := checked.OutputType(); !t.IsAssignableType(cel.BoolType) && !t.IsExactType(cel.DynType) {
		return nil, fmt.Errorf("a condition is true or false; this is of type %s", t)
	}
	p, err := env.Program(checked, cel.CostLimit(maxCost))
	if err != nil {
		return nil, err
	}
	if len(programs) >= 1000 {
		clear(programs)
	}
	programs[condition] = p
	return p, nil
}

// Error is what is wrong with a condition; NULL, if nothing is.
//
//pg:function name=cel_error immutable parallel=safe
func Error(condition string) *string {
	if _, err := program(condition); err != nil {
		text := err.Error()
		return &text
	}
	return nil
}

// Holds tells whether a condition is true of a row. Numbers of JSON are doubles: row.orders >= 10.0.
//
//pg:function name=cel immutable parallel=safe
//pg:arg row type=jsonb
func Holds(condition string, row map[string]any) (bool, error) {
	p, err := program(condition)
	if err != nil {
		return false, err
	}
	v, _, err := p.Eval(map[string]any{"row": row})
	if err != nil {
		return false, fmt.Errorf("condition %q: %w", condition, err)
	}
	is, ok := v.Value().(bool)
	if !ok {
		return false, fmt.Errorf("condition %q: it is %v, and neither true nor false", condition, v.Value())
	}
	return is, nil
}
