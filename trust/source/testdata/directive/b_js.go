package a

//go:wasmimport env f // want "//go:wasmimport"
func f() {}

//go:debug panicnil=1 // want "//go:debug"
