package a

// line is a word.

//line trusted.go:1
func A() {}

func B() { /*line trusted.go:9*/ }

func C() {} /*line :7*/
