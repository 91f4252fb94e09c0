package a

func elsewhere() int // want "function elsewhere has no body"
