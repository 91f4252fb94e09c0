// Package jsoncheck holds JSON against a schema, as a CHECK of a column can: what people use most of JSON
// Schema (type, enum, properties, required, additionalProperties, items, the limits, pattern).
package jsoncheck

import (
	"fmt"
	"iter"
	"math"
	"reflect"
	"regexp"
	"slices"
	"unicode/utf8"
)

// Problem is where a document is not as its schema has it.
type Problem struct {
	Path    string // as in SQL: $.items[2].price
	Problem string
}

// Problems are all that a document has.
//
//pg:function immutable parallel=safe name=json_problems
//pg:arg schema type=jsonb
//pg:arg document type=jsonb
func Problems(schema map[string]any, document any) (iter.Seq[Problem], error) {
	c := &checker{}
	if err := c.check("$", schema, document); err != nil {
		return nil, err
	}
	return slices.Values(c.problems), nil
}

// Matches tells whether it has none.
//
//pg:function immutable parallel=safe name=json_matches
//pg:arg schema type=jsonb
//pg:arg document type=jsonb
func Matches(schema map[string]any, document any) (bool, error) {
	c := &checker{}
	err := c.check("$", schema, document)
	return len(c.problems) == 0, err
}

type checker struct{ problems []Problem }

func (c *checker) say(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{path, fmt.Sprintf(format, args...)})
}

// check notes the problems of a value; an error is one of the schema.
func (c *checker) check(path string, schema map[string]any, value any) error {
	for _, keyword := range slices.Sorted(keys(schema)) {
		rule := schema[keyword]
		var ok bool
		switch keyword {
		case "$schema", "$id", "title", "description", "default", "examples", "format", "$comment":
			ok = true
		case "type":
			ok = c.checkType(path, rule, value)
		case "enum":
			var all []any
			if all, ok = rule.([]any); ok && !slices.ContainsFunc(all, func(one any) bool { return reflect.DeepEqual(one, value) }) {
				c.say(path, "it is none of %v", all)
			}
		case "required", "properties", "additionalProperties":
			object, is := value.(map[string]any)
			if ok = true; is {
				var err error
				if ok, err = c.checkObject(path, keyword, schema, object); err != nil {
					return err
				}
			}
		case "items":
			var items map[string]any
			if items, ok = rule.(map[string]any); !ok {
				break
			}
			list, _ := value.([]any)
			for i, one := range list {
				if err := c.check(fmt.Sprintf("%s[%d]", path, i), items, one); err != nil {
					return err
				}
			}
		case "pattern":
			var pattern string
			if pattern, ok = rule.(string); !ok {
				break
			}
			re, err := regexp.Compile(pattern)
			if err != nil {
				return fmt.Errorf("schema of %s: %w", path, err)
			}
			if text, is := value.(string); is && !re.MatchString(text) {
				c.say(path, "it does not match %s", pattern)
			}
		default:
			ok = c.checkLimit(path, keyword, rule, value)
		}
		if !ok {
			return fmt.Errorf("schema of %s: %s is not understood", path, keyword)
		}
	}
	return nil
}

func keys(m map[string]any) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// typeOf is the type of a value, as schemas call it.
func typeOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case float64:
		if v == math.Trunc(v) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

func (c *checker) checkType(path string, rule, value any) bool {
	allowed, several := rule.([]any)
	if !several {
		allowed = []any{rule}
	}
	is := typeOf(value)
	for _, one := range allowed {
		name, ok := one.(string)
		if !ok {
			return false
		}
		if name == is || name == "number" && is == "integer" {
			return true
		}
	}
	c.say(path, "it is of type %s, and not %v", is, rule)
	return true
}

func (c *checker) checkObject(path, keyword string, schema, object map[string]any) (bool, error) {
	properties, _ := schema["properties"].(map[string]any)
	switch keyword {
	case "required":
		names, ok := schema[keyword].([]any)
		for _, name := range names {
			text, is := name.(string)
			if !is {
				return false, nil
			}
			if _, there := object[text]; !there {
				c.say(path, "%s is missing", text)
			}
		}
		return ok, nil
	case "properties":
		for _, name := range slices.Sorted(keys(properties)) {
			one, ok := properties[name].(map[string]any)
			if !ok {
				return false, nil
			}
			if value, there := object[name]; there {
				if err := c.check(path+"."+name, one, value); err != nil {
					return false, err
				}
			}
		}
		return properties != nil, nil
	}
	more, ok := schema[keyword].(bool)
	for _, name := range slices.Sorted(keys(object)) {
		if _, known := properties[name]; ok && !more && !known {
			c.say(path, "%s is not expected", name)
		}
	}
	return ok, nil
}

// checkLimit is about keywords with a number.
func (c *checker) checkLimit(path, keyword string, rule, value any) bool {
	limit, ok := rule.(float64)
	if !ok {
		return false
	}
	var size float64
	var has bool
	switch keyword {
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
		size, has = value.(float64)
	case "minLength", "maxLength":
		var text string
		text, has = value.(string)
		size = float64(utf8.RuneCountInString(text))
	case "minItems", "maxItems":
		var list []any
		list, has = value.([]any)
		size = float64(len(list))
	default:
		return false
	}
	bad := false
	switch keyword {
	case "minimum", "minLength", "minItems":
		bad = size < limit
	case "maximum", "maxLength", "maxItems":
		bad = size > limit
	case "exclusiveMinimum":
		bad = size <= limit
	case "exclusiveMaximum":
		bad = size >= limit
	}
	if has && bad {
		c.say(path, "%s is %v, and it has %v", keyword, limit, size)
	}
	return true
}
