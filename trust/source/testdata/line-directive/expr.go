package a

//line expr.y:12
func D() {}

//line yacctab:1
func E() {}

//line expr.go:14
func F() {}

//line lexer.rl:7:3
func G() {}

//line grammar/expr.y:1
func H() {}

//line /usr/src/expr.y:1
func I() {}

//line fmt.go:1
func J() {}

//line asm_amd64.S:1
func K() {}

//line sub/expr.go:1
func L() {}

//line _cgo_gotypes.y:1
func M() {}

//line :7
func N() {}

//line expr.y:99999999
func O() {}

//line fmt.go:1:expr.y:1
func P() {}

//line ./expr.y:1
func Q() {}

/*line expr.y:1:1*/
func R() {}

//line expr.y
func S() {}
