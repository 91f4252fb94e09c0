package a

func A() int { return "x" } // want "cannot use"

var B = undefined // want "undefined: undefined"
