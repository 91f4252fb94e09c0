package object

// Rule is one of the gate's rules.
type Rule struct{ Name, Doc string }

// Rules are all of them, in the order in which they are applied.
var Rules = []Rule{
	{ruleHeader, "The file is a 64-bit little-endian ELF shared object for a machine that there is a target for. The one entry point that it may have is its descriptor, which is data."},
	{ruleSegments, "The loader maps segments that follow each other in file and memory; one can be executed and not written, at most one can be written, the stack cannot be executed, and what is constant after relocation is made read-only. There is no interpreter, no thread-local storage and no segment of a kind that pgbuild does not make. Around code, in the pages that it shares with the rest of the file, there are zeroes only."},
	{ruleDynamic, "The dynamic section has the entries that pgbuild's link makes, each once: no library is needed, there is no search path, no audit library, no lazy binding, no relocation of code, no destructor and no symbol version."},
	{ruleConstructor, "There is at most one constructor, and all that it does is to return. Loading an object runs no Go code."},
	{ruleSymbols, "Symbols are ordinary ones (no indirect functions, no thread-local or unique symbols). What is exported is what PostgreSQL or the host looks for, and exported functions are functions."},
	{ruleImports, "An object imports nothing. A module imports only what the list in `host/imports.txt` has, and only data that the host reads or writes is bound to it."},
	{ruleRelocations, "Relocations add the load address to a word of writable data, or store the address of an imported symbol there. No relocation is applied twice, to the dynamic section, or to code. Pointers into code lead to the start of an instruction."},
	{ruleLayout, "Section headers, which the loader does not read, say the same as the program headers, and have names that pgbuild's link gives. Every byte of the file belongs to a header, a segment or a section, or is a zero between them; nothing follows."},
	{ruleNotes, "The notes are Go's build ID, the compiler's properties and those of pgstd."},
	{ruleCode, "All executable bytes are functions of Go's own table, of the host's unwind table, or padding; on arm64 also single loads and stores that the linker has moved out of a function, for the sake of a processor's erratum. Each function is a sequence of known instructions. Direct branches lead to the start of an instruction, and none leads from Go code into the host."},
	{ruleKernel, "No instruction enters the kernel, raises an interrupt, needs privileges or changes what belongs to the host: the thread pointer, segments, protection keys, shadow stacks. A byte sequence of that kind inside of a longer instruction, where no branch leads, is counted and reported; with assembly of a module, which could have such a branch, it is refused unless the policy accepts that."},
	{ruleImportUse, "Go code does not address the words in which the loader stores imported symbols: those are for the host."},
	{ruleDescriptor, "The object describes itself (`pgstd_object`) as this kit's host expects, and its parts lie where they can be what they claim to be."},
	{ruleTables, "What the runtime is told of a module of a base lies in it, in constants that the loader leaves alone: where its parts are, its functions, its initialisation, and masks of its variables, which are pointers where their first values are addresses."},
	{ruleFrames, "In a module of a base, the size of the stack is, before each instruction, what the table says: it is followed through all code. Stack maps, variables on the stack, deferred calls and inlined calls are within the function that they are of."},
	{ruleTypes, "The types of a module of a base are what their parts make them: size, alignment, pointers and masks follow from fields, and methods are functions of the module. A type that is taken for one of the base's, or for one of other modules', is made of the same parts."},
	{ruleItabs, "A table of an interface's methods in a module of a base has, for each method of the interface, the function that the type has for it."},
	{ruleProvenance, "A note says where the file comes from (docs/provenance.md). What it says of the kind, the target, the ABI, the toolchain and the modules is what can be seen of the file."},
}

// Names of rules.
const (
	ruleHeader      = "header"
	ruleSegments    = "segments"
	ruleDynamic     = "dynamic"
	ruleConstructor = "constructor"
	ruleSymbols     = "symbols"
	ruleImports     = "imports"
	ruleRelocations = "relocations"
	ruleLayout      = "layout"
	ruleNotes       = "notes"
	ruleCode        = "code"
	ruleKernel      = "kernel"
	ruleImportUse   = "import-use"
	ruleDescriptor  = "descriptor"
	ruleTables      = "tables"
	ruleFrames      = "frames"
	ruleTypes       = "types"
	ruleItabs       = "itabs"
	ruleProvenance  = "provenance"
)
