package a

import "unsafe" // want "package unsafe is imported"

var size = unsafe.Sizeof(0)

type pointer = (unsafe.Pointer)
