package base

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/kit"
)

// attack is a change that makes a module one that the compiler has not made, and what the gate says of it.
type attack struct {
	name, want string
	change     func(f *forgery)
}

const kindArray, kindPointer, kindSlice = 17, 22, 23

// attacks on what the runtime is told of functions and frames.
var frameAttacks = []attack{
	{"a stack that is larger than it is", "the table says that the stack has", func(f *forgery) {
		fn := f.pick(func(fn entryOf) bool { return f.at(fn.values + f.get(fn.about+16))[2] == smallest[f.machine()] })
		f.at(fn.values + f.get(fn.about+16))[2] += 0x10
	}},
	{"sizes of the stack without an end", "the sizes of its stack", func(f *forgery) {
		f.put(f.named("Variables").about+16, f.get(f.h.Data+mdPCValues+8)-1)
	}},
	{"no size of the stack", "", func(f *forgery) { f.put(f.named("Variables").about+16, 0) }},
	{"the description of another function", "has no description", func(f *forgery) {
		list := f.functions()
		f.put(list[1].entry+4, f.get(list[2].entry+4))
	}},
	{"a description in the midst of one", "has no description", func(f *forgery) { f.put(f.named("Variables").entry+4, 6) }},
	{"code that is behind all functions", "and that of functions at", func(f *forgery) {
		// The first one with code of the module's becomes the last one of all, and is said to end as soon as it begins.
		list := f.functions()
		n := slices.IndexFunc(list, func(fn entryOf) bool { return f.get(fn.about+16) != 0 }) + 1
		f.put(f.h.Data+mdEntries+8, uint32(n)+1)
		f.put(f.follow(f.h.Data+mdTable)+8, uint32(n))
		f.put(list[n-1].entry+8, list[n-1].start+4)
		i, _ := f.word(tableOwn, f.h.Data+mdMaxPC)
		f.putNumber(tableOwn, i+1, list[n-1].start+4)
	}},
	{"a function of the runtime's", "one of the runtime's", func(f *forgery) { f.at(f.named("Variables").about + 40)[0] = 8 }},
	{"a stack that nobody may look at", "one of the runtime's", func(f *forgery) { f.at(f.named("Variables").about + 41)[0] = 2 }},
	{"a name from elsewhere", "it has no name", func(f *forgery) { f.put(f.named("Variables").about+4, 1<<20) }},
	{"more arguments than can be", "bytes of arguments", func(f *forgery) { f.put(f.named("Variables").about+8, 1<<31) }},
	{"fewer arguments than are mapped", "the maps of its arguments", func(f *forgery) {
		fn := f.pick(func(fn entryOf) bool { at, ok := fn.added(0); return ok && f.get(at+4) > 0 })
		f.put(fn.about+8, 0)
	}},
	{"maps of more variables than there are", "the maps of its variables", func(f *forgery) {
		fn := f.pick(func(fn entryOf) bool { at, ok := fn.added(1); return ok && f.get(at+4) > 0 })
		at, _ := fn.added(1)
		f.put(at+4, 1000)
	}},
	{"a map that is not there", "map", func(f *forgery) {
		fn := f.pick(func(fn entryOf) bool {
			at, ok := fn.added(1)
			return ok && !fn.has(0) && f.get(at) > 1 || ok && f.get(at) > 1
		})
		for kind := range uint32(2) {
			if at, ok := fn.added(kind); ok {
				f.put(at, 1)
			}
		}
	}},
	{"additions from elsewhere", "is not there", func(f *forgery) {
		fn := f.pick(func(fn entryOf) bool { return fn.has(1) })
		f.put(fn.about+44+4*fn.numValues+4, 1<<20)
	}},
	{"a variable above the stack", "is not on its stack", func(f *forgery) {
		at, _ := f.pick(func(fn entryOf) bool { return fn.has(2) }).added(2)
		f.put(at+8, f.get(at+8)-1<<20)
	}},
	{"a variable without an end", "is not on its stack", func(f *forgery) {
		at, _ := f.pick(func(fn entryOf) bool { return fn.has(2) }).added(2)
		f.put(at+12, 1<<20)
	}},
	{"the mask of a variable from elsewhere", "is not there", func(f *forgery) {
		at, _ := f.pick(func(fn entryOf) bool { at, ok := fn.added(2); return ok && f.get(at+16) > 0 }).added(2)
		f.put(at+20, 1<<30)
	}},
	{"inlined calls in a circle", "lead to each other", func(f *forgery) {
		fn := f.pick(func(fn entryOf) bool { return fn.has(3) })
		at, _ := fn.added(3)
		for off := uint32(0); off < 400; off++ { // a place that has been inlined itself
			f.put(at+8, off)
			if err := f.base.Verify(f.data); err != nil && strings.Contains(err.Error(), "lead to each other") {
				return
			}
		}
	}},
	{"an inlined call of nobody's", "is of no function of it", func(f *forgery) {
		at, _ := f.pick(func(fn entryOf) bool { return fn.has(3) }).added(3)
		f.put(at+4, 1<<20)
	}},
	{"deferred calls above the stack", "what it has deferred", func(f *forgery) {
		at, _ := f.pick(func(fn entryOf) bool { return fn.has(4) }).added(4)
		copy(f.at(at), "\xff\xff\x7f")
	}},
	{"deferred calls and no way back", "no place to go on", func(f *forgery) { f.put(f.pick(func(fn entryOf) bool { return fn.has(4) }).about+12, 0) }},
	{"a way back into an instruction", "instruction starts", func(f *forgery) {
		fn := f.pick(func(fn entryOf) bool { return f.get(fn.about+12) != 0 })
		f.put(fn.about+12, f.get(fn.about+12)+1)
	}},
	{"a way back behind the function", "goes on after a panic outside of it", func(f *forgery) {
		f.put(f.pick(func(fn entryOf) bool { return f.get(fn.about+12) != 0 }).about+12, 1<<20)
	}},
	{"code that is taken for another function's", "taken for that of another function", func(f *forgery) {
		f.put(f.follow(f.h.Data+mdBuckets), f.get(f.h.Data+mdEntries+8)-2)
	}},
	{"code that is taken for no function's", "taken for that of another function", func(f *forgery) {
		f.put(f.follow(f.h.Data+mdBuckets), 1<<30)
	}},
}

// attacks on types, and on what is taken for a type of the base's.
var typeAttacks = []attack{
	{"a size that fields do not have", "bytes, aligned to", func(f *forgery) { at := f.typeOf(kindStruct, nil); f.put(at, f.get(at)+8) }},
	{"fields one above the other", "at no place for it", func(f *forgery) {
		at := f.typeOf(kindStruct, func(at uint32) bool { return f.get(at+typeSize+16) > 1 && f.get(at) > 8 })
		f.put(f.follow(at+typeSize+8)+24+16, 0)
	}},
	{"an array that is longer than it is large", "bytes, aligned to", func(f *forgery) {
		at := f.typeOf(kindArray, nil)
		f.put(at+typeSize+16, f.get(at+typeSize+16)+1)
	}},
	{"no pointers", "it has pointers in", func(f *forgery) {
		f.put(f.typeOf(kindStruct, func(at uint32) bool { return f.get(at+typePtrBytes) > 0 })+typePtrBytes, 0)
	}},
	{"a pointer that the collector does not follow", "its mask is wrong about", func(f *forgery) {
		at := f.typeOf(kindStruct, func(at uint32) bool {
			return f.get(at+typePtrBytes) > 0 && f.at(at + typeTFlag)[0]&tflagGCOnDemand == 0
		})
		f.at(f.follow(at + typeGCData))[0] ^= 1 << ((f.get(at+typePtrBytes) - 8) / 8 % 8)
	}},
	{"a mask from elsewhere", "its mask is", func(f *forgery) {
		f.turn(f.typeOf(kindStruct, func(at uint32) bool { return f.get(at+typePtrBytes) > 0 })+typeGCData, f.h.Zones[zoneData].Address)
	}},
	{"a mask that the runtime is to write where a constant is", "no place for its mask", func(f *forgery) {
		at := f.typeOf(kindStruct, func(at uint32) bool {
			return f.get(at+typePtrBytes) > 0 && f.at(at + typeTFlag)[0]&tflagGCOnDemand == 0
		})
		f.at(at + typeTFlag)[0] |= tflagGCOnDemand
	}},
	{"a number that is held as a pointer", "what an interface holds of it", func(f *forgery) {
		at := f.typeOf(kindStruct, func(at uint32) bool { return f.get(at+typePtrBytes) == 0 })
		f.at(at + typeTFlag)[0] ^= 1 << 5
	}},
	{"a kind that there is not", "of no kind", func(f *forgery) { f.at(f.typeOf(kindSlice, nil) + typeKind)[0] = 30 }},
	{"a slice that is a pointer", "(types)", func(f *forgery) { f.at(f.typeOf(kindSlice, nil) + typeKind)[0] = kindPointer }},
	{"elements that are of no type", "is no type", func(f *forgery) {
		at := f.typeOf(kindPointer, func(at uint32) bool {
			i, ok := f.word(tableOwn, at+typeSize)
			return ok && f.alone(f.number(tableOwn, i+1))
		})
		i, _ := f.word(tableOwn, at+typeSize)
		f.putNumber(tableOwn, i+1, f.number(tableOwn, i+1)+8)
	}},
	{"a comparison that is no function", "compares values of it is no function", func(f *forgery) {
		at := f.typeOf(kindStruct, func(at uint32) bool { _, ok := f.word(tableOwn, at+typeEqual); return ok })
		f.turn(at+typeEqual, f.h.Zones[zoneData].Address)
	}},
	{"a map of other keys", "for other values", func(f *forgery) {
		at := f.typeOf(kindMap, func(at uint32) bool {
			_, ok := f.word(tableBase, at+typeSize)
			_, ok2 := f.word(tableBase, at+typeSize+8)
			return ok && ok2
		})
		i, _ := f.word(tableBase, at+typeSize)
		k, _ := f.word(tableBase, at+typeSize+8)
		if f.number(tableBase, i+1) == f.number(tableBase, k+1) {
			f.Fatal("key and element are of one type")
		}
		f.putNumber(tableBase, i+1, f.number(tableBase, k+1))
	}},
	{"a map of other sizes", "laid out otherwise", func(f *forgery) {
		at := f.typeOf(kindMap, nil)
		f.put(at+typeSize+32, f.get(at+typeSize+32)+8)
	}},
	{"a method in the midst of a function", "no function of the module", func(f *forgery) {
		// A pointer's methods follow its description.
		at := f.typeOf(kindPointer, func(at uint32) bool {
			return f.at(at + typeTFlag)[0]&tflagUncommon != 0 && f.get(at+typeSize+8+4)&0xffff > 0 && f.get(at+typeSize+8+16+8) < f.h.Zones[zoneText].File
		})
		f.put(at+typeSize+8+16+8, f.get(at+typeSize+8+16+8)+1)
	}},
	{"a name without an end", "has no end", func(f *forgery) {
		at := f.typeOf(kindSlice, nil)
		copy(f.at(f.follow(f.h.Data+mdTypes) + f.get(at+40))[1:], "\xff\xff\xff")
	}},
	{"a name from elsewhere", "not among the types", func(f *forgery) { f.put(f.typeOf(kindSlice, nil)+40, 1<<24) }},
	{"a pointer type of something else", "pointers to it is none", func(f *forgery) {
		list := f.types()
		f.put(list[0]+44, list[1]-f.follow(f.h.Data+mdTypes))
	}},
	// What a collision of two symbols would do.
	{"another type of the base's", "not the one of the base's", func(f *forgery) {
		i := f.pair(tableTypes, true)
		f.putNumber(tableTypes, i+1, uint32(f.base.symbols.byName["type:int"].value))
	}},
	{"no type of the base's", "has no counterpart", func(f *forgery) {
		i := f.pair(tableTypes, true)
		f.putNumber(tableTypes, i+1, f.number(tableTypes, i+1)+8)
	}},
	{"a type with a name for everybody", "has a name", func(f *forgery) {
		f.at(f.number(tableTypes, f.pair(tableTypes, false)) + typeTFlag)[0] |= tflagNamed
	}},
	{"a type of the module's for everybody", "(relocations)", func(f *forgery) { f.putNumber(tableTypes, f.pair(tableTypes, false), f.number(tableAlone, 0)) }},
	{"a type that nobody is told of", "(types)", func(f *forgery) { f.putNumber(tableAlone, 0, f.number(tableAlone, 1)+8) }},
	{"a copy that is used for itself", "own copy", func(f *forgery) {
		// A word that has the base's type gets the module's.
		i := f.pair(tableTypes, true)
		own, theirs := f.number(tableTypes, i), f.number(tableTypes, i+1)
		for w := uint32(0); w < f.h.Tables[tableBase].Count; w += 2 {
			if f.number(tableBase, w+1) == theirs {
				// In place of a word of its own that whoever loads it has no business with.
				f.turn(f.h.Data+mdTypes, own)
				return
			}
		}
		f.Fatal("nothing uses it")
	}},
}

// attacks on tables of interfaces' methods.
var itabAttacks = []attack{
	{"a function of another type", "is not that of type", func(f *forgery) {
		i, table := f.itabFunction()
		if table == tableOwn {
			f.putNumber(table, i+1, f.named("Variables").start)
		} else {
			f.putNumber(table, i+1, uint32(f.symbol("fmt.Sprint")))
		}
	}},
	{"a function in its midst", "is no function", func(f *forgery) {
		i, table := f.itabFunction()
		if table == tableBase {
			f.putNumber(table, i+1, uint32(f.symbol("runtime.zeroVal")))
			return
		}
		f.putNumber(table, i+1, f.number(table, i+1)+1)
	}},
	{"another type", "it is not of type", func(f *forgery) { at := f.number(tableItabs, 0) + 16; f.put(at, f.get(at)+1) }},
	{"an itab of the base's that is of another pair", "another interface or type", func(f *forgery) {
		i := f.pair(tableItabs, true)
		for at := range f.base.offers.itabs {
			if at != f.number(tableItabs, i+1) {
				f.putNumber(tableItabs, i+1, at)
				return
			}
		}
	}},
}

// itabFunction returns the word that has the first function of the first itab.
func (f *forgery) itabFunction() (uint32, int) {
	for _, table := range []int{tableOwn, tableBase} {
		if i, ok := f.word(table, f.number(tableItabs, 0)+24); ok {
			return i, table
		}
	}
	f.Fatal("the module has no itab")
	return 0, 0
}

// attacks on the description, and what the runtime does once when it takes up a module.
var descriptionAttacks = []attack{
	{"code from elsewhere", "the parts of its memory", func(f *forgery) { f.turn(f.h.Data+mdText, 16) }},
	{"variables where the description is", "the parts of its memory", func(f *forgery) { f.turn(f.h.Data+mdData, f.h.Data) }},
	{"types that are written to", "the parts of its memory", func(f *forgery) { f.turn(f.h.Data+mdTypes, f.h.Zones[zoneData].Address) }},
	{"a main function", "only the loader of programs", func(f *forgery) { f.at(f.field(536, 512))[0] = 1 }},
	{"a module behind it", "only the loader of programs", func(f *forgery) { f.put(f.field(584, 560), 64) }},
	{"types that are others", "only the loader of programs", func(f *forgery) { f.put(f.field(576, 552), 64) }},
	{"a mask for more than there is", "more than", func(f *forgery) {
		copy(f.at(f.follow(f.h.Data+mdGCData)), "\x01\x01\x81\xff\xff\x7f")
	}},
	{"a mask from bits before the first", "is damaged", func(f *forgery) { copy(f.at(f.follow(f.h.Data+mdGCData)), "\x85\x02\x00") }},
	{"a pointer in a variable that the collector does not follow", "not of one mind", func(f *forgery) { f.at(f.follow(f.h.Data + mdGCData))[1] = 0 }},
	{"a number that the collector follows", "not of one mind", func(f *forgery) {
		// A variable's first value that is a pointer becomes a number: the loader writes the description's instead.
		start := f.follow(f.h.Data + mdData)
		for w := uint32(0); w < f.h.Tables[tableOwn].Count; w += 2 {
			if at := f.number(tableOwn, w); at >= start && at < f.follow(f.h.Data+mdData+8) && f.follow(at) >= f.h.Zones[zoneData].Address {
				z := f.h.Zones[zoneConst]
				f.putNumber(tableOwn, w, z.Address+z.File-8) // a word that nobody looks at
				f.put(at, 0x1234)
				return
			}
		}
		f.Fatal("no variable has the address of another")
	}},
	{"initialisation by what is no function", "no function of its own", func(f *forgery) {
		task := f.initTask()
		f.turn(task+8, f.follow(task+8)+1)
	}},
	{"initialisation without an end", "its initialisation", func(f *forgery) { f.put(f.initTask()+4, 1<<24) }},
	{"initialisation that is done", "its initialisation", func(f *forgery) { f.put(f.initTask(), 2) }},
	{"an address in the table of functions", "table of functions", func(f *forgery) {
		i, _ := f.word(tableOwn, f.field(408, 384))
		if i == 0 {
			i, _ = f.word(tableOwn, f.field(432, 408)) // the path of a plugin, which nobody looks at
		}
		f.putNumber(tableOwn, i, f.follow(f.h.Data+mdTable)+32)
	}},
	{"versions that are nowhere", "versions of what it was linked against", func(f *forgery) { f.put(f.field(512, 488)+8, 1<<24) }},
	{"a version that is some memory", "versions of what it was linked against", func(f *forgery) {
		list := f.follow(f.field(512, 488))
		i, ok := f.word(tableBase, list+32)
		if !ok {
			f.Fatal("the version is not the base's")
		}
		f.putNumber(tableBase, i+1, uint32(f.symbol("runtime.zeroVal")))
	}},
	{"another release of Go", "not one of a Go release", func(f *forgery) {
		binary.LittleEndian.PutUint32(f.data[binary.Size(f.h)-binary.Size(f.h.Tables)-binary.Size(f.h.Zones)-4:], f.h.Size-8)
	}},
}

// initTask is the first of the module's own.
func (f *forgery) initTask() uint32 {
	list := f.follow(f.field(472, 448))
	for i := range f.get(f.field(472, 448) + 8) {
		if w, ok := f.word(tableOwn, list+8*i); ok {
			return f.number(tableOwn, w+1)
		}
	}
	f.Fatal("the module initialises nothing")
	return 0
}

// attacked returns a base, and a module that the gate lets pass.
func attacked(t *testing.T, at kit.Target) (*Base, []byte) {
	t.Helper()
	_, b := testBase(t, at)
	good, err := os.ReadFile(module(t, at, "attacked"))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(good); err != nil {
		t.Fatal(err)
	}
	return b, good
}

// TestAttacks: a module whose tables lie is refused, whoever has made it.
func TestAttacks(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		b, good := attacked(t, at)
		for _, a := range slices.Concat(frameAttacks, codeAttacks[at.GOARCH()], typeAttacks, itabAttacks, descriptionAttacks) {
			t.Run(a.name, func(t *testing.T) {
				f := forge(t, b, good)
				a.change(f)
				if bytes.Equal(f.data, good) {
					t.Fatal("nothing has changed")
				}
				if err := b.Verify(f.data); err == nil || !strings.Contains(err.Error(), a.want) {
					t.Errorf("%.400v, want %s", err, a.want)
				}
			})
		}
	})
}

// TestLyingStandIn: a module that was linked with names that lead elsewhere is refused: what a name stands for
// is the base's to say, and the gate asks that.
func TestLyingStandIn(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		k, b := testBase(t, at)
		if err := b.load(); err != nil {
			t.Fatal(err)
		}
		source := "package lied\n\nimport (\n\t\"fmt\"\n\t\"time\"\n)\n\nfunc init() {\n\tvar a, b any = map[time.Month]string{}, []time.Weekday{}\n\tfmt.Println(a, b)\n}\n"
		for _, lie := range []struct{ name, as, want string }{
			{"fmt.Fprintln", "runtime.pgstd_request", "no function that a module may call"},
			{"fmt.Fprintln", "runtime.sysAlloc", "no function that a module may call"},
			{"os.Stdout", "runtime.pgstdControl", "not for modules"},
			{"type:time.Month", "type:time.Weekday", "types"},
			{"type:time.Month", "type:string", "types"},
		} {
			symbols := *b.symbols
			symbols.byName = maps.Clone(b.symbols.byName)
			to, found := symbols.find(lie.as)
			if !found {
				t.Fatalf("the base has no %s", lie.as)
			}
			for _, name := range []string{lie.name, mangled(lie.name), lie.name + ".abiinternal"} {
				if p, ok := symbols.byName[name]; ok {
					p.value = to.value
					symbols.byName[name] = p
				}
			}
			liar := &Base{dir: b.dir, about: b.about, load: b.load, symbols: &symbols, offers: b.offers}
			_, err := liar.Module(t.Context(), k, []Package{{Path: "plgo/lied", File: "lied.go", Text: []byte(source)}})
			if err == nil || !strings.Contains(err.Error(), lie.want) || !strings.Contains(err.Error(), "the object gate refuses") {
				t.Errorf("%s as %s: %.300v", lie.name, lie.as, err)
			}
		}
	})
}

// find returns a symbol, whatever the Go linker has made of its name.
func (t *symbolTable) find(name string) (place, bool) {
	for _, n := range []string{name, mangled(name), name + ".abiinternal", name + ".abi0"} {
		if p, ok := t.byName[n]; ok {
			return p, true
		}
	}
	return place{}, false
}

// TestGateSurvives: whatever a module says, the gate comes to a verdict.
func TestGateSurvives(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		b, good := attacked(t, at)
		random := rand.New(rand.NewPCG(5, 6))
		refused := 0
		for range survivals {
			data := slices.Clone(good)
			for range 1 + random.IntN(3) {
				at := random.IntN(len(data)-8) &^ 3
				if random.IntN(3) == 0 { // header and tables
					at %= 4096
				}
				n := [...]uint32{0, 1, 1<<32 - 1, 1 << 31, 1<<31 - 1, random.Uint32(), random.Uint32() % 0x8000, binary.LittleEndian.Uint32(data[at:]) + 1, binary.LittleEndian.Uint32(data[at:]) - 8}
				binary.LittleEndian.PutUint32(data[at:], n[random.IntN(len(n))])
			}
			if b.Verify(data) != nil {
				refused++
			}
		}
		if refused < survivals/2 {
			t.Errorf("%d of %d were refused", refused, survivals)
		}
		t.Logf("%d of %d were refused", refused, survivals)
	})
}

const survivals = 3000
