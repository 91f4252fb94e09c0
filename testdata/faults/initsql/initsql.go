// Package initsql runs SQL in its init function.
package initsql

import "github.com/pgstd/pgstd/pg"

var found string

//pg:function name=initsql
func Call() string { return found }

func init() {
	var statement *string
	if err := pg.QueryRow("select current_setting('my.init', true)").Scan(&statement); err != nil {
		panic(err)
	}
	if statement == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			found = "recovered"
		}
	}()
	if err := pg.QueryRow(*statement).Scan(&found); err != nil {
		found = err.Error()
	}
}
