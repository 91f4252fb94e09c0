package pg

import "github.com/pgstd/pgstd/pg/internal/host"

// Commit commits the transaction and begins a new one. Only a procedure can, called
// with CALL outside of a transaction block, and not inside of [Subtransaction];
// else it fails with 2D000. A loop over [Query] goes on: its remaining rows are
// those that the old transaction has seen, and are read whole at the first Commit.
func Commit() error { return endTransaction(host.CommitTransaction, 0) }

// Rollback undoes the transaction and begins a new one. What [Commit] says holds
// here, too.
func Rollback() error { return endTransaction(host.RollbackTransaction, 0) }

// CommitAndChain is [Commit], where the new transaction has the isolation level and
// access mode of the old one.
func CommitAndChain() error { return endTransaction(host.CommitTransaction, 1) }

// RollbackAndChain is [Rollback], where the new transaction has the isolation level
// and access mode of the old one.
func RollbackAndChain() error { return endTransaction(host.RollbackTransaction, 1) }

func endTransaction(op host.TransactionOp, chain uint64) error {
	t := &host.Transaction{Op: op, Chain: chain}
	host.RunTransaction(t)
	return fromHost(t.Error)
}
