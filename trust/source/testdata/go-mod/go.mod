module example.org/go_mod

go 1.26

toolchain go1.26.1 // want "toolchain is not allowed"

godebug panicnil=1 // want "godebug is not allowed"

tool golang.org/x/tools/cmd/stringer // want "tool is not allowed"

ignore ./hidden // want "ignore is not allowed"
