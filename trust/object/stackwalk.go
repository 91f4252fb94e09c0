package object

import "slices"

// stackWalk follows the size of the stack through a function, as its instructions change it. The table that
// the runtime walks over frames by has to say the same everywhere, so it leads from frame to frame
// and never beside one.
type stackWalk struct {
	*checker
	module   *shared
	function *function
	frame    *frame
	gone     bool // the instruction before this one was a call that does not return
}

// motion is what an instruction does to the stack, and to where control goes.
type motion struct {
	size                 int64 // by how much the stack becomes larger
	unknown              bool  // it may change in a way that cannot be followed
	call, ends, computed bool  // ends: the next one is not reached by it; computed: it jumps to where a register or a word says
	idle                 bool  // it does nothing
	padding              bool  // it may stand behind the function
}

// firstFrame is how large the smallest frame is, with what is saved in it.
const firstFrame = 16

// Where what leads to no place of the module goes: a branch that leaves it, and what is no direct branch.
const (
	elsewhere = 1<<63 + iota
	nowhere
)

// step judges an instruction; target is where it branches to. Behind a call that does not return, the compiler
// leaves an instruction that does nothing: if the stack has another size behind it, nothing may lead to it.
func (w *stackWalk) step(at uint64, code []byte, m motion, target uint64, returns, gone bool) {
	sizes := w.frame.sp
	if len(sizes) == 0 { // nothing leads there
		return
	}
	refuse := func(format string, args ...any) {
		w.refuse(ruleFrames, "%s: "+format, append([]any{w.where(w.function, at)}, args...)...)
	}
	if at >= sizes[len(sizes)-1].end { // behind its end
		if !m.padding {
			refuse("% x lies behind the function's end", code)
		}
		return
	}
	size := int64(sizes.at(at))
	after, ends := at+uint64(len(code)), m.ends
	if w.gone && m.idle && int64(sizes.at(after)) != size {
		w.starts.unset(at)
		ends = true
	}
	w.gone = m.call && gone
	if m.unknown {
		refuse("% x changes the stack pointer in a way that cannot be followed", code)
		return
	}
	switch {
	case ends:
	case after >= sizes[len(sizes)-1].end:
		refuse("the function goes on behind its end")
	case int64(sizes.at(after)) != size+m.size:
		refuse("the table says that the stack has %d bytes, then %d; % x makes it %d", size, sizes.at(after), code, size+m.size)
	}
	if at == w.function.start && size != 0 {
		refuse("the stack has %d bytes where the function begins", size)
	}
	w.stands(at, size, refuse)
	switch {
	case m.call:
		if target != nowhere && target != elsewhere && !w.module.isStart(target) {
			refuse("it calls %#x, where no function begins", target)
		}
	case m.computed:
		w.frame.jumps = append(w.frame.jumps, int32(size))
	case target != nowhere && w.function.holds(target):
		if int64(sizes.at(target)) != size {
			refuse("it goes to where the stack has %d bytes, and not %d", sizes.at(target), size)
		}
	case target != nowhere && (size != 0 || target != elsewhere && !w.module.isStart(target)):
		refuse("it leaves the function with %d bytes on the stack, for %#x", size, target)
	case returns && size != 0:
		refuse("it returns with %d bytes on the stack", size)
	}
}

// stands makes sure that the collector finds the frame as its maps say, and a recovered panic the one that it goes on with: at each
// instruction, since what is no call can fault, and call what panics.
func (w *stackWalk) stands(at uint64, size int64, refuse func(format string, args ...any)) {
	if size < firstFrame { // before it has one
		return
	}
	if words := int64(w.frame.locals); words*8 > size-w.arch.saved {
		refuse("its maps have %d words for a stack of %d bytes", words, size)
	}
	if r := w.frame.returns; r != 0 {
		w.targets.set(r)
		if int64(w.frame.sp.at(r)) != size {
			refuse("after a panic here it goes on at %#x, where the stack has %d bytes, and not %d", r, w.frame.sp.at(r), size)
		}
	}
}

// holder returns the index of the function that holds a place in the code.
func (g *gate) holder(at uint64) (int, bool) {
	return slices.BinarySearchFunc(g.functions, at, func(f function, at uint64) int {
		switch {
		case f.end <= at:
			return -1
		case f.start > at:
			return 1
		}
		return 0
	})
}

// isStart reports whether a function of the module begins at a place. One that has no sizes of the stack, as the one
// by which the Go linker has a plugin made known, cannot be called: the runtime could not walk over it.
func (s *shared) isStart(at uint64) bool {
	i, ok := s.holder(at)
	return ok && s.functions[i].start == at && len(s.frames[i].sp) > 0
}

// jumpsTo reports whether a place in the code whose address is in data is the start of a function, or
// one that the function can jump to: with the stack as it is there.
func (s *shared) jumpsTo(at uint64) bool {
	i, ok := s.holder(at)
	if !ok || at == s.functions[i].start {
		return ok && s.isStart(at)
	}
	return slices.Contains(s.frames[i].jumps, s.frames[i].sp.at(at))
}
