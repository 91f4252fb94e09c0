// Package asks runs a statement, which a function answers.
package asks

import "github.com/pgstd/pgstd/pg"

// Answer is what came of it.
var Answer = ask()

func ask() string {
	var answer string
	if err := pg.QueryRow("SELECT answers()").Scan(&answer); err != nil {
		return err.Error()
	}
	return answer
}
