//go:build postgres

//pgstd:add

// Memory of strings. Each text that a function is passed is a string of its own, so that this is
// asked for in most calls.
package runtime

import (
	"internal/runtime/gc"
	"unsafe"
)

// pgstdBytes is mallocgc(n, nil, false), without what that looks after only now and then: it takes the
// next place of the span in use, or leaves all to mallocgc.
//
// Invariant: no function is called between the look at the span and the end, so that nothing else
// allocates, collects or gives way meanwhile; and a collection that is under way (then the write barrier
// is on, before and after the mark phase, too), a span that is full, a sample for the heap profile and
// GODEBUG are mallocgc's. What sets off a collection is looked at where a span is filled anew.
func pgstdBytes(n uintptr) unsafe.Pointer {
	if pp := getg().m.p.ptr(); n >= maxTinySize && n <= gc.SmallSizeMax-8 && pp != nil && !writeBarrier.enabled && !debug.malloc {
		c := pp.mcache
		s := c.alloc[makeSpanClass(gc.SizeToSizeClass8[divRoundUp(n, gc.SmallSizeDiv)], true)]
		if size := int64(s.elemsize); size <= c.nextSample && MemProfileRate == c.memProfRate {
			if v := nextFreeFast(s); v != 0 {
				c.nextSample -= size
				s.freeIndexForScan = s.freeindex
				return unsafe.Pointer(v)
			}
		}
	}
	return mallocgc(n, nil, false)
}
