package a

func Nothing() int { return 0 }
