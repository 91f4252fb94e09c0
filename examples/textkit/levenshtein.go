package textkit

// Levenshtein counts the characters to insert, delete or replace to make one
// text into the other.
//
//pg:function immutable parallel=safe cost=20
func Levenshtein(a, b string) int32 {
	from, to := []rune(a), []rune(b)
	if len(from) < len(to) {
		from, to = to, from
	}
	// distance[j] belongs to the part of from that was seen and the first j of to.
	distance := make([]int32, len(to)+1)
	for j := range distance {
		distance[j] = int32(j)
	}
	for i, f := range from {
		diagonal := distance[0]
		distance[0] = int32(i + 1)
		for j, t := range to {
			replaced := diagonal
			if f != t {
				replaced++
			}
			diagonal = distance[j+1]
			distance[j+1] = min(replaced, diagonal+1, distance[j]+1)
		}
	}
	return distance[len(to)]
}
