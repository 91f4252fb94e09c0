//go:build postgres

package sync

// A Cond has its waiters elsewhere: who keeps a copy of one and puts it back, where the
// check of copies finds nothing wrong, must not bring waiters back that have gone.
type Cond struct {
	noCopy noCopy

	L Locker // held while the condition is looked at or changed

	waiters *notifyList // nil: there has never been one
	checker copyChecker
}

// Wait unlocks c.L, waits for Signal or Broadcast, and locks c.L again.
func (c *Cond) Wait() {
	c.checker.check()
	if c.waiters == nil {
		c.waiters = new(notifyList)
	}
	waiters := c.waiters // c may be another one after Unlock
	ticket := runtime_notifyListAdd(waiters)
	c.L.Unlock()
	runtime_notifyListWait(waiters, ticket)
	c.L.Lock()
}

// Signal wakes one goroutine that waits, if there is one.
func (c *Cond) Signal() {
	c.checker.check()
	if c.waiters != nil {
		runtime_notifyListNotifyOne(c.waiters)
	}
}

// Broadcast wakes all goroutines that wait.
func (c *Cond) Broadcast() {
	c.checker.check()
	if c.waiters != nil {
		runtime_notifyListNotifyAll(c.waiters)
	}
}
