package a

func F() // want "no body"
