package textkit

// LuhnValid checks the last digit of a card or account number by Luhn's
// algorithm. Spaces and hyphens between digits are allowed.
//
//pg:function immutable parallel=safe
func LuhnValid(number string) bool {
	sum, digits := 0, 0
	for i := len(number) - 1; i >= 0; i-- {
		c := number[i]
		if c == ' ' || c == '-' {
			continue
		}
		if c < '0' || c > '9' {
			return false
		}
		digit := int(c - '0')
		if digits%2 == 1 {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum += digit
		digits++
	}
	return digits > 1 && sum%10 == 0
}
