package a

import "unsafe"

type pair struct{ a, b int8 }

const Word = unsafe.Sizeof(uintptr(0)) * 8

var Place = unsafe.Offsetof(pair{}.b) + unsafe.Alignof(pair{})
