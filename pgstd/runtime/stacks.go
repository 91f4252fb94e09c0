//go:build postgres

//pgstd:add

// Stock Go makes a list of all the stacks in a span, and takes half a span of them at a time, so
// that threads seldom meet at the pool. That writes to eight pages, of which a world's start
// needs three. Here one stack is taken at a time, and those that nobody has had yet are in
// no list.
//
// Invariant: the list of a span in the pool is empty if and only if all of its stacks are in use. So
// a stack that nobody has had joins the list as the last one leaves it. How many have been in the
// list is in freeindex, which is 0 in a span that begins to hold stacks, and which nobody else looks at there.
package runtime

// pgstdNextStack returns what comes after x in the list of the span's free stacks.
func pgstdNextStack(s *mspan, x gclinkptr) gclinkptr {
	next := x.ptr().next
	if next != 0 {
		return next
	}
	at := uintptr(s.freeindex+1) * s.elemsize
	if at >= _StackCacheSize {
		return 0
	}
	s.freeindex++
	next = gclinkptr(s.base() + at)
	next.ptr().next = 0
	return next
}
