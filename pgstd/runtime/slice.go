//go:build postgres

//pgstd:add

// Time slices. While a timer is pending, or more than one goroutine could run, the
// host's timer stops the goroutine that runs, at a function that it calls. What is due
// is marked then, which runs no code of the program: a timer puts a value into its
// channel or makes a goroutine that can run. After that another goroutine may have its turn.
//
// Invariant: another goroutine gets a turn only where the program could have called
// Gosched itself: as one of its own functions begins, or as it calls one of the library, or a
// channel. What the library has checked holds until it acts, as before; and so it
// does for what the compiler has made of an expression, which calls the runtime between
// a check and its use (a comparison of structs compares lengths, then calls to
// compare interfaces, then compares bytes of these lengths).
//
// Or as a statement comes back to package pg that has run while it was time: nothing else would
// stop a program there that spends its time in SQL. A statement calls functions, which may be of this
// world and call Gosched, so package pg counts on nothing that another goroutine can change across
// one. What the host has answered stays: only the goroutine that serves calls asks for more.
//
// Invariant: the host's timer is set for no later than the first timer of the heap, or
// pgstdPause after the last look at it, or control.slice is set. For other goroutines, it is set once
// init functions begin to run.
package runtime

import (
	"internal/stringslite"
	_ "unsafe" // for go:linkname
)

const (
	pgstdSliceTime = 10e6 // nanoseconds, as in stock Go

	// For how long a goroutine computes at least between two looks at timers. A ticker with less
	// would else leave it no time.
	pgstdPause = 100e3

	// How soon the next attempt follows one that has found the library at work.
	pgstdRetryFirst = 100e3
	pgstdRetryLast  = 3200e3
)

var (
	pgstdWanted  int64 // when the host's timer rings; 0: never
	pgstdSharing bool  // it is set for the end of a time slice, or earlier
	pgstdRetry   int64 = pgstdRetryFirst

	// The program's own code may run: not only the runtime's, which waits soon.
	pgstdProgram bool

	// Since when the goroutine is known to run that the processor has chosen last.
	pgstdTick  uint32
	pgstdSince int64
)

// What tests can have of time slices.
const (
	pgstdSlicesAsEver = iota
	pgstdSlicesNone   // nobody gets a turn
	pgstdSlicesEvery  // somebody does at each stop, whatever the time
)

var pgstdSliceMode int

//go:linkname pgstd_slices
func pgstd_slices(mode int) { pgstdSliceMode = mode }

// pgstdWant sets the host's timer, unless it rings earlier anyway.
func pgstdWant(when int64) {
	if pgstdWanted == 0 || when < pgstdWanted || pgstdControl.slice != 0 {
		pgstdWanted = when
		pgstdHook(pgstdControl.config.hooks.timer, uintptr(when), 0, 0)
	}
}

// pgstdOthers reports whether another goroutine could run.
func pgstdOthers(pp *p) bool { return !runqempty(pp) || !sched.runq.empty() }

// pgstdShare is called where a goroutine has been made, or can run again.
func pgstdShare() {
	if pgstdSharing && pgstdControl.slice == 0 || !pgstdProgram {
		return
	}
	if mp := getg().m; mp.p != 0 && pgstdOthers(mp.p.ptr()) {
		pgstdSharing = true
		now := nanotime()
		pgstdRuns(mp.p.ptr(), now)
		pgstdWant(now + pgstdSliceTime)
	}
}

// pgstdRuns returns for how long at least the goroutine that runs has done so.
func pgstdRuns(pp *p, now int64) int64 {
	if pp.schedtick != pgstdTick {
		pgstdTick, pgstdSince = pp.schedtick, now
	}
	return now - pgstdSince
}

// pgstdSlice looks what is due when time has passed for gp, and reports whether
// gp has to give way. It has a processor, so timers can run.
//
//go:yeswritebarrierrec
func pgstdSlice(gp *g) bool {
	pp := gp.m.p.ptr()
	pgstdControl.slice = 0
	pgstdSharing = true // what timers wake needs no slice: this is one
	now := nanotime()
	_, next, _ := pp.timers.check(now, nil)
	if next != 0 {
		next = max(next, now+pgstdPause)
	}
	pgstdWanted, pgstdSharing = next, false
	yield := false
	if ran := pgstdRuns(pp, now); pgstdOthers(pp) {
		again := int64(pgstdSliceTime)
		switch {
		case ran < pgstdSliceTime && pgstdSliceMode != pgstdSlicesEvery:
			again -= ran
		case pgstdSliceMode != pgstdSlicesNone && pgstdMayYield(gp):
			yield, pgstdRetry = true, pgstdRetryFirst
		default:
			again = pgstdRetry
			pgstdRetry = min(2*pgstdRetry, pgstdRetryLast)
		}
		pgstdSharing = true
		if pgstdWanted == 0 || now+again < pgstdWanted {
			pgstdWanted = now + again
		}
	}
	pgstdHook(pgstdControl.config.hooks.timer, uintptr(pgstdWanted), 0, 0)
	return yield
}

// pgstdMayYield reports whether gp, which has been stopped as a function began, is
// where the program could have called Gosched.
func pgstdMayYield(gp *g) bool {
	var u unwinder
	u.init(gp, 0)
	for entered := ""; u.valid(); u.next() {
		inl, frame := newInlineUnwinder(u.frame.fn, u.symPC())
		name := pgstdOrigin(&inl, frame)
		switch {
		case pgstdIsProgram(name):
			return true
		case entered == "":
			// What a program calls by name, or to use a channel. Other calls of the runtime
			// are the compiler's.
			if !pgstdUsesChannel(name) && !pgstdIsPublic(name) {
				return false
			}
		case !pgstdUsesChannel(entered) || !pgstdUsesChannel(name):
			return false
		}
		entered = name
	}
	return false
}

// pgstdOrigin is the name of a function, "" for a method that the compiler has made, or the file that
// a function literal comes from which the compiler has named after the program: where it inlines a
// function of the library, a literal in that belongs to the caller by its name. Names and files begin
// with the package's path. (A file of a function
// of plgo has no path; tests of the library, and what they build, are programs in its folders.)
func pgstdOrigin(inl *inlineUnwinder, frame inlineFrame) string {
	name := inl.srcFunc(frame).name()
	if !pgstdIsProgram(name) {
		return name
	}
	file, _ := inl.fileLine(frame)
	if file == "<autogenerated>" {
		// A method that a type of the program has by what it embeds: it can be one that no program
		// can name, and the library counts on what that does.
		return ""
	}
	if stringslite.IndexByte(file, '/') < 0 || stringslite.HasSuffix(file, "_test.go") || stringslite.Index(file, "/testdata/") >= 0 {
		return name
	}
	return file
}

// pgstdUsesChannel reports whether a function is what the compiler makes of an operation with
// a channel, or the first that it calls. All of them may block.
func pgstdUsesChannel(name string) bool {
	switch name {
	case "runtime.chanrecv", "runtime.chanrecv1", "runtime.chanrecv2", "runtime.chansend", "runtime.chansend1",
		"runtime.selectgo", "runtime.selectnbrecv", "runtime.selectnbsend", "runtime.closechan":
		return true
	}
	return false
}

// pgstdIsPublic reports whether a function of the library is of a package that a program can
// import, other than the runtime.
func pgstdIsPublic(name string) bool {
	switch pgstdRoot(name) {
	case "", "runtime", "internal", "vendor", "reflect", "main":
		return false
	}
	return !stringslite.HasPrefix(name, pgstdKit)
}

// pgstdKit is where packages pg and those below it are.
const pgstdKit = "github.com/pgstd/pgstd/"

// pgstdReviewed are the import paths of modules in which a policy accepts what the source gate
// refuses, each between blanks, as in names of symbols. The linker is told (-X).
var pgstdReviewed string

// pgstdMainProgram says that package main is the program's; else it has been
// generated.
var pgstdMainProgram bool

// pgstdIsProgram reports whether a function is of a package that the source gate has
// found to be in safe Go. It keeps nothing that a data race could break.
func pgstdIsProgram(name string) bool {
	root := pgstdRoot(name)
	if root == "" || root == "main" && !pgstdMainProgram || pgstdIsLibrary(root) {
		return false
	}
	return !stringslite.HasPrefix(name, pgstdKit) && !pgstdIsReviewed(name)
}

// pgstdRoot is the first element of the path of a function's package; "" for what the
// compiler has generated.
func pgstdRoot(name string) string {
	for i := range len(name) {
		switch name[i] {
		case ':':
			return ""
		case '/':
			return name[:i]
		case '.':
			if stringslite.IndexByte(name[i:], '/') < 0 || !pgstdIsHost(name[i:]) {
				return name[:i]
			}
		}
	}
	return ""
}

// pgstdIsLibrary looks a word up in pgstdLibrary.
func pgstdIsLibrary(root string) bool {
	for list := pgstdLibrary; ; {
		end := stringslite.IndexByte(list, ' ')
		if end < 0 {
			return list == root
		}
		if list[:end] == root {
			return true
		}
		list = list[end+1:]
	}
}

// pgstdIsHost tells the dot of "example.org/a.F" from that of "fmt.F[go.shape/…]": only letters, digits and
// the like are between it and the slash.
func pgstdIsHost(rest string) bool {
	for i := range len(rest) {
		switch c := rest[i]; {
		case c == '/':
			return true
		case c == '[' || c == '(' || c == '*':
			return false
		}
	}
	return false
}

// pgstdIsReviewed reports whether a function is of a module in pgstdReviewed.
func pgstdIsReviewed(name string) bool {
	for list := pgstdReviewed; list != ""; {
		end := stringslite.IndexByte(list, ' ')
		if end < 0 {
			end = len(list)
		}
		path := list[:end]
		if path != "" && stringslite.HasPrefix(name, path) && len(name) > len(path) && pgstdEndsPath(name[len(path)]) {
			return true
		}
		list = list[min(end+1, len(list)):]
	}
	return false
}

// pgstdEndsPath reports whether a module's path ends before c, in a name or in a file's path.
func pgstdEndsPath(c byte) bool { return c == '.' || c == '/' || c == '@' }

// pgstdLibrary are the first elements of the paths of Go's library. A test compares.
const pgstdLibrary = "arena archive bufio bytes cmp compress container context crypto database debug embed encoding errors expvar" +
	" flag fmt go hash html image index internal io iter log maps math mime net os path plugin reflect regexp" +
	" runtime simd slices sort strconv strings structs sync syscall testing text time unicode unique unsafe uuid vendor weak"
