// Package render fills in templates: letters and pages are kept in tables, and made where the data is.
package render

import (
	"errors"
	"strings"
	"text/template"
)

// maxOutput is what a template may write.
const maxOutput = 16 << 20

// parsed are templates that have been used, by their texts. A session forgets them when there are many.
var parsed = map[string]*template.Template{}

// Render fills a template of Go's package text/template in with data.
//
//pg:function immutable parallel=safe
//pg:arg data type=jsonb
func Render(text string, data any) (string, error) {
	t := parsed[text]
	if t == nil {
		var err error
		if t, err = template.New("template").Option("missingkey=error").Funcs(functions).Parse(text); err != nil {
			return "", err
		}
		if len(parsed) >= 100 {
			clear(parsed)
		}
		parsed[text] = t
	}
	var out limited
	if err := t.Execute(&out, data); err != nil {
		return "", err
	}
	return out.String(), nil
}

var functions = template.FuncMap{
	"upper": strings.ToUpper,
	"lower": strings.ToLower,
	"join": func(sep string, list []any) (string, error) {
		var words []string
		for _, one := range list {
			word, ok := one.(string)
			if !ok {
				return "", errors.New("join takes a list of texts")
			}
			words = append(words, word)
		}
		return strings.Join(words, sep), nil
	},
}

// limited is a text that does not grow without end.
type limited struct{ strings.Builder }

func (l *limited) Write(b []byte) (int, error) {
	if l.Len()+len(b) > maxOutput {
		return 0, errors.New("the template writes more than 16 MB")
	}
	return l.Builder.Write(b)
}
