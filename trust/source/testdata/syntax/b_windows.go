package a

func broken( { // want "expected" "has no body"
