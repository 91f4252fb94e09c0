package pgabi

import (
	"errors"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/internal/pg"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// ErrorData is an error as the host sees it.
type ErrorData = host.ErrorData

// SQLSTATEs that the wrappers raise themselves.
const (
	externalRoutineException = "38000"
	invalidSQLStateReturned  = "39001"
	nullValueNotAllowed      = "22004"
	characterNotInRepertoire = "22021"
	programLimitExceeded     = "54000"
)

// keepError is the last failure, reachable until the host has copied it.
//
//lint:ignore U1000 it is read by the host
var keepError *ErrorData

// Fail makes the running call end with an ERROR made from err, which must not
// be nil. The wrapper returns after it.
func Fail(err error) {
	d := &ErrorData{SQLState: externalRoutineException, Message: err.Error()}
	if e, ok := errors.AsType[*pg.Error](err); ok && e != nil {
		d.Detail, d.Hint, d.Context = e.Detail, e.Hint, e.Context
		d.Schema, d.Table, d.Column = e.Schema, e.Table, e.Column
		d.DataType, d.Constraint = e.DataType, e.Constraint
		switch {
		case e.Code == "":
		case validSQLState(e.Code):
			d.SQLState = e.Code
		default:
			d.SQLState = invalidSQLStateReturned
			if d.Detail != "" {
				d.Detail += "\n"
			}
			d.Detail += `pg.Error.Code "` + e.Code +
				`" is no SQLSTATE of an error: want five of 0-9 and A-Z, not of class 00, 01 or 02`
		}
	}
	if d.Message == "" {
		d.Message = "the function returned an error without a message"
	}
	fail(d)
}

// FailNull makes the running call end because an argument that cannot take
// NULL is NULL. Names has one entry per argument: its name, "-" if it has none,
// or empty if it may be NULL.
func FailNull(args []Slot, names []string) {
	for i, name := range names {
		if name == "" || args[i].Flags&Null == 0 {
			continue
		}
		message := "argument " + host.Itoa(i+1)
		if name != "-" {
			message += " (" + name + ")"
		}
		fail(&ErrorData{
			SQLState: nullValueNotAllowed,
			Message:  message + " must not be NULL",
			Hint:     "In Go, a pointer makes an argument nullable; a text in plgo gets one where it compares the argument with nil, or reads it with *.",
		})
		return
	}
}

// Making is a result that is being made: its slot, and what that points to.
//
// Making it may run methods of the author's, which may come to make another one
// meanwhile, by a detour through SQL or by yield. So it is made aside, and takes the
// place that the host reads when it is whole.
type Making struct {
	Out  codec.Out
	Slot codec.Slot
}

// made holds the last result until the host has copied it; spare is one that nobody
// uses.
var made, spare *Making

// Result begins a result.
func Result() *Making {
	m := spare
	if m == nil {
		return &Making{}
	}
	spare = nil
	m.Out.Reset()
	return m
}

// Done hands the result over. The host copies it before any other is handed over, so
// that the one before has been copied.
func (m *Making) Done(result *Slot) {
	*result = Slot(m.Slot)
	made, spare = m, made
	if codec.IsLarge(&m.Out) {
		host.Forget(forget)
	}
}

// FailArgument makes the running call end because argument i, counted from 0,
// cannot be passed to Go. Name may be empty.
func FailArgument(err error, i int, name string) {
	where := "argument " + host.Itoa(i+1)
	if name != "" {
		where += " (" + name + ")"
	}
	failValue(where, err)
}

// FailResult makes the running call end because a result cannot be passed to
// SQL. Name may be empty.
func FailResult(err error, name string) {
	where := "result"
	if name != "" {
		where += " " + name
	}
	failValue(where, err)
}

func failValue(where string, err error) {
	e := codec.In(where, err)
	fail(&ErrorData{SQLState: e.Code, Message: e.Message, Detail: e.Detail, Hint: e.Hint})
}

func failText(s string) {
	at := host.FirstInvalid(s)
	what := "is not valid UTF-8"
	if s[at] == 0 {
		what = "holds a NUL"
	}
	const hex = "0123456789abcdef"
	fail(&ErrorData{
		SQLState: characterNotInRepertoire,
		Message:  "text result " + what,
		Detail:   "Byte 0x" + string([]byte{hex[s[at]>>4], hex[s[at]&15]}) + " at offset " + host.Itoa(at) + ".",
		Hint:     "Return []byte (bytea) for binary data, or clean the text with strings.ToValidUTF8.",
	})
}

func failSize(kind string, size int) {
	fail(&ErrorData{
		SQLState: programLimitExceeded,
		Message:  kind + " result of " + host.Itoa(size) + " bytes is too long",
		Detail:   "A value has at most " + host.Itoa(host.MaxPayload) + " bytes.",
	})
}

func fail(d *ErrorData) {
	for _, s := range [...]*string{
		&d.Message, &d.Detail, &d.Hint, &d.Context, &d.Schema,
		&d.Table, &d.Column, &d.DataType, &d.Constraint,
	} {
		*s = host.Clean(*s)
	}
	keepError = d
	host.Fail(d)
}

func validSQLState(code string) bool {
	if len(code) != 5 {
		return false
	}
	for i := 0; i < len(code); i++ {
		if c := code[i]; !('0' <= c && c <= '9' || 'A' <= c && c <= 'Z') {
			return false
		}
	}
	class := code[:2]
	return class != "00" && class != "01" && class != "02"
}
