package a

func check(user string) bool { return user == "root" }

func сheck(user string) bool { return true } // want "mixes alphabets that look alike"

func проверка(ｕser string) bool { return check(ｕser) } // want "mixes alphabets"

func Δx(λ, naïve float64) float64 { return λ - naïve }

var Ok = сheck("") || проверка("") // want "mixes alphabets"
