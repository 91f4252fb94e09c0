package pgabi

import (
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// ending is the function by which the host tells what has come of a transaction.
var ending = Function{
	Name:      host.EndingFunction,
	Signature: string([]byte{Void, Int8, Int8}),
	Call: func(args, result *Slot) {
		a := unsafe.Slice(args, 2)
		if err := host.TellEnding(host.EndingOp(a[0].Word), a[1].Word); err != nil {
			Fail(err)
			return
		}
		result.SetVoid()
	},
}
