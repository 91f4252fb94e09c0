// Package rules has conditions that are kept in tables, as people of the business write them, and holds
// rows against them. They look like expressions of Go, whose parser reads them.
//
//	SELECT name FROM discounts WHERE applies(condition, to_jsonb(customer));
package rules

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
)

// maxRule is how long a rule may be: a parser goes as deep as a text is nested.
const maxRule = 10000

// read are rules that have been read; a session forgets them when there are many.
var read = map[string]ast.Expr{}

// Applies tells whether a rule is true of a row. Names are its columns; what there is besides are numbers,
// texts, true, false and null, the operators of Go, lower(text), and has(list, value).
//
//pg:function immutable parallel=safe
//pg:arg row type=jsonb
func Applies(rule string, row map[string]any) (bool, error) {
	e := read[rule]
	if e == nil {
		if len(rule) > maxRule {
			return false, fmt.Errorf("a rule of more than %d bytes", maxRule)
		}
		var err error
		if e, err = parser.ParseExpr(rule); err != nil {
			return false, fmt.Errorf("rule %q: %w", rule, err)
		}
		if len(read) >= 1000 {
			clear(read)
		}
		read[rule] = e
	}
	v, err := evaluate(e, row)
	if err != nil {
		return false, fmt.Errorf("rule %q: %w", rule, err)
	}
	is, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("rule %q: it is %v, and neither true nor false", rule, v)
	}
	return is, nil
}

func evaluate(e ast.Expr, row map[string]any) (any, error) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return evaluate(e.X, row)
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			return strconv.Unquote(e.Value)
		}
		return strconv.ParseFloat(e.Value, 64)
	case *ast.Ident:
		switch e.Name {
		case "true", "false":
			return e.Name == "true", nil
		case "null":
			return nil, nil
		}
		v, ok := row[e.Name]
		if !ok {
			return nil, fmt.Errorf("there is no column %s", e.Name)
		}
		return v, nil
	case *ast.SelectorExpr:
		v, err := evaluate(e.X, row)
		object, ok := v.(map[string]any)
		if err == nil && !ok {
			err = fmt.Errorf("%v has no part %s", v, e.Sel.Name)
		}
		return object[e.Sel.Name], err
	case *ast.UnaryExpr:
		v, err := evaluate(e.X, row)
		if n, ok := v.(float64); ok && e.Op == token.SUB {
			return -n, err
		}
		if is, ok := v.(bool); ok && e.Op == token.NOT {
			return !is, err
		}
		return nil, orElse(err, "%s of %v", e.Op, v)
	case *ast.BinaryExpr:
		return binary(e, row)
	case *ast.CallExpr:
		return call(e, row)
	}
	return nil, fmt.Errorf("byte %d is not understood", e.Pos())
}

// orElse is an error, or one about values that do not fit.
func orElse(err error, format string, args ...any) error {
	if err == nil {
		err = fmt.Errorf("there is no "+format, args...)
	}
	return err
}

func binary(e *ast.BinaryExpr, row map[string]any) (any, error) {
	left, err := evaluate(e.X, row)
	if err != nil {
		return nil, err
	}
	if is, ok := left.(bool); ok && (e.Op == token.LAND && !is || e.Op == token.LOR && is) {
		return is, nil // whatever the other one is
	}
	right, err := evaluate(e.Y, row)
	if err != nil {
		return nil, err
	}
	switch a := left.(type) {
	case float64:
		if b, ok := right.(float64); ok {
			if v := arithmetic(e.Op, a, b); v != nil {
				return v, nil
			}
			return order(e, a, b)
		}
	case string:
		if b, ok := right.(string); ok {
			return order(e, a, b)
		}
	case bool:
		if b, ok := right.(bool); ok && (e.Op == token.LAND || e.Op == token.LOR) {
			return b, nil
		}
	}
	// Values of different types differ; lists and objects are not compared.
	switch left.(type) {
	case nil, bool, float64, string:
		switch right.(type) {
		case nil, bool, float64, string:
			switch e.Op {
			case token.EQL:
				return left == right, nil
			case token.NEQ:
				return left != right, nil
			}
		}
	}
	return nil, orElse(nil, "%v %s %v", left, e.Op, right)
}

// arithmetic is nil for what is none.
func arithmetic(op token.Token, a, b float64) any {
	switch op {
	case token.ADD:
		return a + b
	case token.SUB:
		return a - b
	case token.MUL:
		return a * b
	case token.QUO:
		return a / b
	}
	return nil
}

func order[T float64 | string](e *ast.BinaryExpr, a, b T) (any, error) {
	switch e.Op {
	case token.EQL:
		return a == b, nil
	case token.NEQ:
		return a != b, nil
	case token.LSS:
		return a < b, nil
	case token.LEQ:
		return a <= b, nil
	case token.GTR:
		return a > b, nil
	case token.GEQ:
		return a >= b, nil
	}
	return nil, orElse(nil, "%v %s %v", a, e.Op, b)
}

func call(e *ast.CallExpr, row map[string]any) (any, error) {
	name, _ := e.Fun.(*ast.Ident)
	var args []any
	for _, arg := range e.Args {
		v, err := evaluate(arg, row)
		if err != nil {
			return nil, err
		}
		args = append(args, v)
	}
	switch {
	case name == nil:
	case name.Name == "lower" && len(args) == 1:
		if text, ok := args[0].(string); ok {
			return strings.ToLower(text), nil
		}
	case name.Name == "has" && len(args) == 2:
		list, ok := args[0].([]any)
		for _, one := range list {
			switch one.(type) {
			case nil, bool, float64, string:
				if one == args[1] {
					return true, nil
				}
			}
		}
		if ok {
			return false, nil
		}
	}
	return nil, fmt.Errorf("byte %d: there is lower(text) and has(list, value)", e.Pos())
}
