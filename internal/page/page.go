// Package page is what pages of HTML that pgbuild writes have in common: how they look.
package page

import (
	_ "embed"
	"html/template"
)

//go:embed style.css
var style string

// Functions are what templates of pages use: style, the text of an element style.
var Functions = template.FuncMap{"style": func() template.CSS { return template.CSS(style) }}
