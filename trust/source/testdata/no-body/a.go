package a

func Nothing() int // want "function Nothing has no body"

func Something() int { return Nothing() }
