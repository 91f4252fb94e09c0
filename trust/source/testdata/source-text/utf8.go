package a

const Bad = "ÿ" // want "a byte that is not UTF-8" "illegal UTF-8"
