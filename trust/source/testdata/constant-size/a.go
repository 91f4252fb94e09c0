package a

const s0 = "0123456789abcdef"

const (
	s1 = s0 + s0
	s2 = s1 + s1
	s3 = s2 + s2
	s4 = s3 + s3
	s5 = s4 + s4
	s6 = s5 + s5
	s7 = s6 + s6
	s8 = s7 + s7
	s9 = s8 + s8
	s10 = s9 + s9
	s11 = s10 + s10
	s12 = s11 + s11
	s13 = s12 + s12
	s14 = s13 + s13
	s15 = s14 + s14
	s16 = s15 + s15
	s17 = s16 + s16
	s18 = s17 + s17
	s19 = s18 + s18
	s20 = s19 + s19
	s21 = s20 + s20
	s22 = s21 + s21 // want "a string constant of more than 64 MB"
	s23 = s22 + s22 // want "a string constant of more than 64 MB"
	s24 = s23 + s23 // want "a string constant of more than 64 MB"
	s25 = s24 + s24 // want "a string constant of more than 64 MB"
	s26 = s25 + s25 // want "a string constant of more than 64 MB"
	s27 = s26 + s26 // want "a string constant of more than 64 MB"
	s28 = s27 + s27 // want "a string constant of more than 64 MB"
	s29 = s28 + s28 // want "a string constant of more than 64 MB"
	s30 = s29 + s29 // want "a string constant of more than 64 MB"
	s31 = s30 + s30 // want "a string constant of more than 64 MB"
	s32 = s31 + s31 // want "a string constant of more than 64 MB"
	s33 = s32 + s32 // want "a string constant of more than 64 MB"
	s34 = s33 + s33 // want "a string constant of more than 64 MB"
	s35 = s34 + s34 // want "a string constant of more than 64 MB"
	s36 = s35 + s35 // want "a string constant of more than 64 MB"
	s37 = s36 + s36 // want "a string constant of more than 64 MB"
	s38 = s37 + s37 // want "a string constant of more than 64 MB"
	s39 = s38 + s38 // want "a string constant of more than 64 MB"
	s40 = s39 + s39 // want "a string constant of more than 64 MB"
)

var Length = len(s40)

// A name that means something else.
func Fine(s40 string) string { return s40 + s40 }
