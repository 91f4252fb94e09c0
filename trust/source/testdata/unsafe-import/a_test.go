package a

import _ "unsafe"
