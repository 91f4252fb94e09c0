// Package alone has a variable, and nothing that anybody calls.
package alone

import "strconv"

// Number is made when the package is initialised.
var Number = strconv.Itoa(5)
