package a

import . "unsafe" // want "package unsafe is imported"

var dotted = Sizeof(0)
