package host

// EndOpened is what package pg does with what the running call has opened and not closed. Ends
// says that the goroutine ends with it.
var EndOpened func(ends bool)

// AbandonCall ends what the running call has not ended, as it has panicked: its arguments are
// about to go, and so are its subtransactions.
func AbandonCall() { abandon(false) }

// AbandonCoroutine is the same for one that has panicked in a coroutine.
func AbandonCoroutine() { abandon(true) }

func abandon(ends bool) {
	EndViews()
	if EndOpened != nil {
		EndOpened(ends)
	}
}
