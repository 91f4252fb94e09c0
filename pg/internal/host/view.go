package host

// Lease says how long memory of the host's may be read: until its number changes.
type Lease struct{ Number uint64 }

// View is memory of the host's that holds n values of one type side by side. Its
// address is a plain number: it means nothing once the lease is over.
type View struct {
	Lease  *Lease
	Number uint64 // of the lease
	At     uintptr
	N      int
}

// leases has one for each call that runs, by how many requests are being served: calls
// nest, so there is but one call for each of these numbers.
var leases []*Lease

// NewView makes a view for the running call.
func NewView(at uintptr, n int) View {
	depth := int(Depth())
	for len(leases) <= depth {
		leases = append(leases, new(Lease))
	}
	l := leases[depth]
	return View{l, l.Number, at, n}
}

// EndViews ends the views of the running call. Of one that has panicked, AbandonCall does.
func EndViews() {
	if depth := int(Depth()); depth < len(leases) {
		leases[depth].Number++
	}
}

// endAllViews is for the end of a transaction, in which arguments need not survive.
//
//lint:ignore U1000 host_postgres.go uses it
func endAllViews() {
	for _, l := range leases {
		l.Number++
	}
}
