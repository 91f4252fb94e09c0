package pg

// Lock takes the advisory lock of a key, waits for it if another session has it, and keeps it
// until the transaction ends. It is the one of pg_advisory_xact_lock. What [Exec] says of
// errors holds for all locks: a deadlock or a lock_timeout fails the call.
func Lock(key int64) error { return lock("pg_advisory_xact_lock", key) }

// LockShared is [Lock] for a lock that several can have at the same time, as long as nobody
// has it alone.
func LockShared(key int64) error { return lock("pg_advisory_xact_lock_shared", key) }

// TryLock is [Lock] without waiting, and reports whether it has the lock.
func TryLock(key int64) (bool, error) { return tryLock("pg_try_advisory_xact_lock", key) }

// TryLockShared is [LockShared] without waiting, and reports whether it has the lock.
func TryLockShared(key int64) (bool, error) { return tryLock("pg_try_advisory_xact_lock_shared", key) }

func lock(function string, key int64) error {
	_, err := Exec("SELECT pg_catalog."+function+"($1)", key)
	return err
}

func tryLock(function string, key int64) (has bool, err error) {
	err = QueryRow("SELECT pg_catalog."+function+"($1)", key).Scan(&has)
	return has, err
}

// Notify sends a notification, when the transaction is committed, to all who listen on the
// channel. A payload has less than 8000 bytes.
func Notify(channel, payload string) error {
	_, err := Exec("SELECT pg_catalog.pg_notify($1, $2)", channel, payload)
	return err
}
