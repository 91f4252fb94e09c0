package faults

import (
	"errors"
	"strings"
	"time"

	"github.com/pgstd/pgstd/pg"
)

// Query runs a query and returns the first column of its first row as text.
//
//pg:function
func Query(query string) (string, error) {
	var value any
	if err := pg.QueryRow(query).Scan(&value); err != nil {
		return "", err
	}
	if s, ok := value.(string); ok {
		return s, nil
	}
	return "a value", nil
}

//pg:function parallel=safe
func Execute(statement string) (int64, error) { return pg.Exec(statement) }

// Try runs a statement that may fail and says how it did.
//
//pg:function
func Try(statement string) string {
	err := pg.Subtransaction(func() error { _, err := pg.Exec(statement); return err })
	if e, ok := errors.AsType[*pg.Error](err); ok {
		return e.Code
	}
	return "fine"
}

// Insist does all that it can to go on after a statement, whatever happens to it.
//
//pg:function
func Insist(statement string) string {
	for range 3 {
		insist(statement)
	}
	return "insisted"
}

func insist(statement string) {
	defer func() {
		if recover() != nil {
			insist(statement)
		}
	}()
	defer pg.Exec(statement)
	defer pg.Subtransaction(func() error { return errors.New("no") })
	pg.Subtransaction(func() error {
		defer func() { recover() }()
		pg.Exec(statement)
		panic("out of it")
	})
	pg.Exec(statement)
}

// Descend calls itself through SQL, then does what fault does. It goes on
// whatever happens below, if there is something to go on from.
//
//pg:function
func Descend(n int64, kind, name string) (int64, error) {
	if n == 0 {
		find(name)()
		return 0, nil
	}
	below := int64(-1)
	call := func() error {
		return pg.QueryRow("select "+kind+"($1, $2, $3)", n-1, kind, name).Scan(&below)
	}
	defer func() { recover() }()
	if n%2 == 0 {
		return below + 1, call()
	}
	err := pg.Subtransaction(call)
	return below + 1, err
}

// Churn runs a statement many times, and gives each of its failures a chance.
//
//pg:function
func Churn(times int64, query string) (failed int64) {
	for range times {
		err := pg.Subtransaction(func() error {
			var value any
			return pg.QueryRow(query).Scan(&value)
		})
		if err != nil {
			failed++
		}
	}
	return failed
}

// Stream runs a query many times, in no subtransaction.
//
//pg:function
func Stream(times int64, query string) error {
	for range times {
		var value any
		if err := pg.QueryRow(query).Scan(&value); err != nil {
			return err
		}
	}
	return nil
}

// Hundred returns 100 bytes.
//
//pg:function
func Hundred(n int64) string { return strings.Repeat(string(rune('a'+n%26)), 100) }

// Fail returns an error with everything that an error can have.
//
//pg:function
func Fail(code string) error {
	return &pg.Error{
		Code: code, Message: "a message", Detail: "a detail", Hint: "a hint",
		Schema: "a schema", Table: "a table", Column: "a column", DataType: "a type", Constraint: "a constraint",
	}
}

// Grab allocates n kilobytes and touches them.
//
//pg:function
func Grab(kilobytes int64) (sum int64) {
	memory := make([]byte, kilobytes<<10)
	for i := 0; i < len(memory); i += 1 << 12 {
		memory[i] = 1
	}
	for i := 0; i < len(memory); i += 1 << 12 {
		sum += int64(memory[i])
	}
	return sum
}

// Counted runs a statement between two looks at this world's own variable.
//
//pg:function
func Counted(statement string) (int64, error) {
	tally++
	before := tally
	_, err := pg.Exec(statement)
	return tally - before, err
}

// Linger runs a statement, and does not end after it.
//
//pg:function
func Linger(statement string) {
	pg.Exec(statement)
	for {
	}
}

// Drain returns how many rows a query has, which it reads some at a time.
//
//pg:function
func Drain(query string) (n int64, err error) {
	for _, err := range pg.Query(query) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// GoOn runs a statement that fails, in a subtransaction or in none, drops the
// error, and sleeps until somebody ends it.
//
//pg:function
func GoOn(statement string, inside bool) (bool, error) {
	goOn := func() error {
		if _, err := pg.Exec(statement); err == nil {
			return errors.New("nothing has failed")
		}
		for {
			time.Sleep(time.Minute)
		}
	}
	if inside {
		return false, pg.Subtransaction(goOn)
	}
	return false, goOn()
}
