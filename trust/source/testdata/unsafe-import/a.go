package a

import (
	"strings"
	hidden "unsafe" // want "package unsafe is imported"
)

var Size = hidden.Sizeof(0)

var Text = hidden.String(new(byte), 0)

var Fine = strings.Repeat("x", 3)
