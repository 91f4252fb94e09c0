package faults

// A fault is something that a function of testdata/faults does.
type fault struct {
	name string
	does string
	// What the session gets; an empty code: the function returns. In messages,
	// "…" stands for anything.
	code, message string
	recovers      bool   // recover() gets hold of it, and the world outlives it
	lives         bool   // the world outlives it although recover() does not get hold of it
	value         string // what recover() gives as text; empty: the message
	untraced      bool   // the detail has no traceback
	slow          bool   // too slow to be tried in every place
	real          string // why only a real machine shows it; empty: an emulator does, too
}

// dies tells whether the world is a new one afterwards.
func (f *fault) dies() bool { return f.code != "" && !f.recovers && !f.lives }

const (
	external = "38000" // external_routine_exception
	internal = "XX000" // internal_error
	memory   = "53200" // out_of_memory
	depth    = "54001" // statement_too_complex
)

const nilPointer = "runtime error: invalid memory address or nil pointer dereference"

const nowhere = "qemu on amd64 says of an address that is none there that it was 0, as of a nil pointer"

const asleep = "all goroutines are asleep - deadlock!"

var groups = []struct {
	title, text string
	faults      []fault
}{
	{"Panics", "`recover()` works as everywhere in Go. Unrecovered, they end the call: what it has deferred runs, what it has opened is closed, and all that it has changed in package variables stays. So does a mutex that it has locked, unless `Unlock` was deferred: the next call that wants it is a deadlock, which ends the world.", []fault{
		{name: "nil_read", does: "reads through a nil pointer", code: external, message: nilPointer, recovers: true},
		{name: "nil_write", does: "writes through a nil pointer", code: external, message: nilPointer, recovers: true},
		{name: "nil_far_field", does: "reads a field 64 kB behind a nil pointer", code: external, message: nilPointer, recovers: true},
		{name: "nil_func", does: "calls a nil function", code: external, message: nilPointer, recovers: true},
		{name: "nil_method", does: "calls a method of a nil interface", code: external, message: nilPointer, recovers: true},
		{name: "nil_map_write", does: "writes to a nil map", code: external, message: "assignment to entry in nil map", recovers: true},
		{name: "index", does: "indexes behind the end of a slice", code: external, message: "runtime error: index out of range [5] with length 3", recovers: true},
		{name: "index_negative", does: "indexes before the start of a slice", code: external, message: "runtime error: index out of range [-1]", recovers: true},
		{name: "string_index", does: "indexes behind the end of a string", code: external, message: "runtime error: index out of range [3] with length 3", recovers: true},
		{name: "slice_bounds", does: "slices the wrong way round", code: external, message: "runtime error: slice bounds out of range [2:1]", recovers: true},
		{name: "slice_capacity", does: "slices behind the capacity", code: external, message: "runtime error: slice bounds out of range [:9] with capacity 3", recovers: true},
		{name: "slice_to_array", does: "converts a slice to a longer array", code: external, message: "runtime error: cannot convert slice with length 3 to array or pointer to array with length 4", recovers: true},
		{name: "divide", does: "divides by zero", code: external, message: "runtime error: integer divide by zero", recovers: true},
		{name: "divide_narrow", does: "takes a remainder by zero", code: external, message: "runtime error: integer divide by zero", recovers: true},
		{name: "type_assertion", does: "asserts the wrong type", code: external, message: "interface conversion: interface {} is string, not int64", recovers: true},
		{name: "type_interface", does: "asserts an interface with other methods", code: external, message: "interface conversion: string is not faults.speaker: missing method speak", recovers: true},
		{name: "type_nil", does: "asserts a type of nil", code: external, message: "interface conversion: interface {} is nil, not int64", recovers: true},
		{name: "close_nil", does: "closes a nil channel", code: external, message: "close of nil channel", recovers: true},
		{name: "close_closed", does: "closes a channel twice", code: external, message: "close of closed channel", recovers: true},
		{name: "send_closed", does: "sends to a closed channel", code: external, message: "send on closed channel", recovers: true},
		{name: "make_negative", does: "makes a slice of length -1", code: external, message: "runtime error: makeslice: len out of range", recovers: true},
		{name: "make_huge", does: "makes a slice larger than any address space", code: external, message: "runtime error: makeslice: len out of range", recovers: true},
		{name: "make_chan", does: "makes a channel of size -1", code: external, message: "makechan: size out of range", recovers: true},
		{name: "shift_negative", does: "shifts by -1", code: external, message: "runtime error: negative shift amount", recovers: true},
		{name: "hash_unhashable", does: "uses a slice as a map key", code: external, message: "runtime error: hash of unhashable type []int64", recovers: true},
		{name: "compare", does: "compares interfaces that hold slices", code: external, message: "runtime error: comparing uncomparable type []int64", recovers: true},
		{name: "unsafe_slice", does: "makes an unsafe.Slice of length -1", code: external, message: "runtime error: unsafe.Slice: len out of range", recovers: true},
		{name: "repeat_negative", does: "repeats a string -1 times", code: external, message: "strings: negative Repeat count", recovers: true},
		{name: "wait_group", does: "takes a WaitGroup below 0", code: external, message: "sync: negative WaitGroup counter", recovers: true},
		{name: "panic_string", does: "panics with a string", code: external, message: "boom", recovers: true},
		{name: "panic_error", does: "panics with an error", code: external, message: "an error", recovers: true},
		{name: "panic_custom", does: "panics with a struct", code: external, message: "(faults.custom) 0x…", recovers: true, value: "custom reason"},
		{name: "panic_pointer", does: "panics with a pointer", code: external, message: "(*faults.custom) 0x…", recovers: true, value: "something else"},
		{name: "panic_number", does: "panics with a time.Duration", code: external, message: "42ns", recovers: true, value: "something else"},
		{name: "panic_nil", does: "panics with nil", code: external, message: "…panic called with nil argument", recovers: true},
		{name: "panic_bytes", does: "panics with bytes that no text can hold", code: external, message: "bytes ? and ? too", recovers: true, value: "-"},
		{name: "panic_long", does: "panics with half a megabyte", code: external, message: "long long …", recovers: true},
		{name: "panic_wrapped", does: "panics with 100,000 errors in one another", code: external, message: "innermost", recovers: true, slow: true},
		{name: "repanic", does: "panics again with what it has recovered", code: external, message: "again [recovered, repanicked]", recovers: true, value: "again"},
		{name: "panic_in_defer", does: "panics in a function deferred by a panicking one", code: external, message: "first\n\tpanic: second", recovers: true, value: "second"},
		{name: "panic_after_recover", does: "recovers, then panics", code: external, message: "sooner [recovered]\n\tpanic: later", recovers: true, value: "later"},
		{name: "panic_deep", does: "panics 10,000 frames deep", code: external, message: "from below", recovers: true},
		{name: "panic_error_method", does: "panics with an error whose Error method panics", code: external, message: "panic while printing panic value: in Error…", lives: true},
	}},
	{"Panics out of reach", "A `recover()` in the function that SQL calls does not see them, and no call ends with them.", []fault{
		{name: "goroutine", does: "panics in a goroutine", code: external, message: "in a goroutine"},
		{name: "goroutine_nil", does: "reads through a nil pointer in a goroutine", code: external, message: nilPointer},
		{name: "goroutine_sleep", does: "panics in a goroutine while the call sleeps", code: external, message: "while asleep"},
		{name: "timer", does: "panics in a timer's function", code: external, message: "in a timer"},
		{name: "finalizer", does: "panics in a finalizer", code: external, message: "in a finalizer"},
		{name: "cleanup", does: "panics in a cleanup", code: external, message: "in a cleanup"},
		{name: "panic_recursive_error", does: "panics with an error whose Error method never ends", code: depth, message: "stack overflow: a goroutine has reached the limit of 64MB", slow: true},
	}},
	{"The end of a program", "It is the end of the world only.", []fault{
		{name: "exit_0", does: "calls os.Exit(0)", code: external, message: "function called os.Exit(0)", untraced: true},
		{name: "exit_3", does: "calls os.Exit(3)", code: external, message: "function called os.Exit(3)", untraced: true},
		{name: "exit_defer", does: "calls os.Exit in a deferred function while panicking", code: external, message: "function called os.Exit(4)", untraced: true},
		{name: "exit_other", does: "calls os.Exit in a goroutine", code: external, message: "function called os.Exit(5)", untraced: true},
		{name: "log_fatal", does: "calls log.Fatal", code: external, message: "function called os.Exit(1)", untraced: true},
		{name: "goexit", does: "calls runtime.Goexit", code: external, message: "no goroutines (main called runtime.Goexit) - deadlock!", untraced: true},
		{name: "goexit_defer", does: "calls runtime.Goexit in a deferred function while panicking", code: external, message: "no goroutines (main called runtime.Goexit) - deadlock!", untraced: true},
	}},
	{"Deadlock", "No goroutine can go on and no timer is pending. The detail lists the goroutines.", []fault{
		{name: "deadlock_channel", does: "receives from a channel that nobody sends to", code: external, message: asleep},
		{name: "deadlock_nil", does: "receives from a nil channel", code: external, message: asleep},
		{name: "deadlock_select", does: "selects among nothing", code: external, message: asleep},
		{name: "deadlock_mutex", does: "locks a mutex twice", code: external, message: asleep},
		{name: "deadlock_wait", does: "waits for a WaitGroup that nobody is done with", code: external, message: asleep},
		{name: "deadlock_many", does: "blocks with its goroutines", code: external, message: asleep},
	}},
	{"Misuse that Go does not forgive", "", []fault{
		{name: "unlock", does: "unlocks an unlocked Mutex", code: external, message: "sync: unlock of unlocked mutex"},
		{name: "unlock_read", does: "unlocks an unlocked RWMutex", code: external, message: "sync: RUnlock of unlocked RWMutex"},
		{name: "map_write", does: "writes to a map that is being written to", code: external, message: "concurrent map writes"},
		{name: "map_read", does: "reads a map that is being written to", code: external, message: "concurrent map read and map write"},
		{name: "map_iteration", does: "iterates over a map that is being written to", code: external, message: "concurrent map iteration and map write"},
	}},
	{"Too much", "", []fault{
		{name: "stack_overflow", does: "recurses without end", code: depth, message: "stack overflow: a goroutine has reached the limit of 64MB", slow: true},
		{name: "stack_overflow_goroutine", does: "recurses without end in a goroutine", code: depth, message: "stack overflow: a goroutine has reached the limit of 64MB", slow: true},
		{name: "stack_overflow_wide", does: "recurses without end, 64 kB at a time", code: depth, message: "stack overflow: a goroutine has reached the limit of 64MB"},
		{name: "stack_overflow_raised", does: "recurses without end after debug.SetMaxStack(1 << 40)", code: depth, message: "stack overflow: a goroutine has reached the limit of 64MB", slow: true},
		{name: "memory_small", does: "adds to a linked list without end", code: memory, message: "out of memory…", slow: true},
		{name: "memory_map", does: "fills a map without end", code: memory, message: "out of memory…", slow: true},
		{name: "memory_slice", does: "makes a slice of 1 TB", code: memory, message: "out of memory…"},
		{name: "memory_growth", does: "doubles a slice without end", code: memory, message: "out of memory…", slow: true},
		{name: "memory_string", does: "repeats a string to 1 TB", code: memory, message: "out of memory…"},
		{name: "memory_channel", does: "makes a channel of 8 TB", code: memory, message: "out of memory…"},
		{name: "memory_goroutines", does: "starts goroutines without end", code: memory, message: "out of memory…", slow: true},
		{name: "memory_no_gc", does: "turns the collector off and keeps what it makes", code: memory, message: "out of memory…"},
	}},
	{"Damage by package unsafe", "As far as the hardware notices. Trusted code cannot do these.", []fault{
		{name: "wild_read", does: "reads where nothing is", code: internal, message: "fault"},
		{name: "wild_write", does: "writes where nothing is", code: internal, message: "fault"},
		{name: "wild_non_canonical", does: "reads where nothing can be", code: internal, message: "fault", real: nowhere},
		{name: "wild_code_write", does: "writes to code", code: internal, message: "fault"},
		{name: "wild_call", does: "calls what is not there", code: internal, message: "fault"},
		{name: "wild_call_data", does: "calls data", code: internal, message: "fault"},
		{name: "wild_copy", does: "copies to where nothing is", code: internal, message: "fault"},
		{name: "wild_map", does: "writes to junk as a map", code: internal, message: "fault", real: nowhere},
		{name: "wild_goroutine", does: "reads where nothing is, in a goroutine", code: internal, message: "fault"},
	}},
	{"Strange, but no fault", "These return. What would need the operating system gets EPERM.", []fault{
		{name: "none", does: "nothing"},
		{name: "many_threads", does: "sets GOMAXPROCS to 64"},
		{name: "few_threads", does: "allows one thread at most"},
		{name: "lock_thread", does: "locks its goroutine to the thread"},
		{name: "locked_exit", does: "ends a goroutine that is locked to the thread"},
		{name: "notify", does: "wants to be told of signals"},
		{name: "kill", does: "kills its process"},
		{name: "fork", does: "starts a process"},
		{name: "exec", does: "runs a program"},
		{name: "execve", does: "becomes another program"},
		{name: "open", does: "opens a file"},
		{name: "create", does: "makes a file"},
		{name: "close_files", does: "closes the first 1,000 descriptors"},
		{name: "stdin", does: "reads the standard input"},
		{name: "listen", does: "listens to a port"},
		{name: "dial", does: "connects to a port"},
		{name: "mmap", does: "maps memory"},
		{name: "raw_syscall", does: "makes a raw system call to exit"},
		{name: "setenv", does: "clears the environment"},
		{name: "panic_on_fault", does: "calls debug.SetPanicOnFault"},
		{name: "traceback", does: "wants a core dump at the next death"},
		{name: "print_stack", does: "prints its stack"},
		{name: "free_memory", does: "returns memory to the system"},
		{name: "no_gc", does: "turns the collector off and makes 1 GB of garbage", slow: true},
		{name: "all_gc", does: "collects all the time", slow: true},
		{name: "breakpoint", does: "calls runtime.Breakpoint"},
		{name: "profile_cpu", does: "wants to profile the CPU"},
		{name: "profile_heap", does: "profiles the heap"},
		{name: "trace", does: "traces execution"},
		{name: "dump_stacks", does: "dumps all stacks"},
		{name: "mem_stats", does: "reads runtime.MemStats"},
		{name: "metrics", does: "reads all metrics"},
		{name: "heap_dump", does: "dumps the heap to the standard output"},
		{name: "random", does: "reads 2 MB of randomness"},
		{name: "local_zone", does: "asks for the local time zone"},
		{name: "many_timers", does: "starts 100,000 timers", slow: true},
		{name: "many_goroutines", does: "runs 50,000 goroutines", slow: true},
	}},
}
