package a

var A = 1 // [31m // want "a control character"
