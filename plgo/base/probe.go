package base

import (
	"context"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/internal/kit"
)

// The probe is a package that uses what others export, one function for each use.

// candidates are type arguments, of which some fit most constraints.
var candidates = []types.Type{
	types.Typ[types.Int], types.NewSlice(types.Typ[types.Int]), types.NewMap(types.Typ[types.Int], types.Typ[types.Int]), types.Typ[types.String],
	types.NewPointer(types.Typ[types.Int]), types.Typ[types.Int32], types.Typ[types.Float64], types.NewSlice(types.Typ[types.Byte]),
	types.Universe.Lookup("error").Type(),
}

func instantiate(t types.Type, n int) ([]types.Type, types.Type) {
	total := 1
	for range n {
		total *= len(candidates)
	}
	for i := range total {
		list := make([]types.Type, n)
		for k := range list {
			list[k] = candidates[i%len(candidates)]
			i /= len(candidates)
		}
		if instance, err := types.Instantiate(nil, t, list, true); err == nil {
			return list, instance
		}
	}
	return nil, nil
}

// write adds a function that calls what, or a method of that name.
func (e *exporter) write(what string, sig *types.Signature, receiver types.Type) {
	var params, args []string
	good := true
	add := func(t types.Type, variadic bool) {
		text, ok := e.spell(t)
		good = good && ok
		name := fmt.Sprintf("a%d", len(params))
		params = append(params, name+" "+text)
		if variadic {
			name += "..."
		}
		args = append(args, name)
	}
	if receiver != nil {
		add(receiver, false)
		what = "a0." + what
	}
	for i := range sig.Params().Len() {
		add(sig.Params().At(i).Type(), sig.Variadic() && i == sig.Params().Len()-1)
	}
	if receiver != nil {
		args = args[1:]
	}
	// What nobody has a use for, the compiler leaves out, and with it what an inlined body refers to.
	call, uses := what+"("+strings.Join(args, ", ")+")", ""
	if n := sig.Results().Len(); n > 0 {
		var results, pointers []string
		for i := range n {
			results = append(results, fmt.Sprintf("r%d", i))
			pointers = append(pointers, fmt.Sprintf("unsafe.Pointer(&r%d)", i))
		}
		call, uses = strings.Join(results, ", ")+" := "+call, strings.Join(pointers, ", ")
	}
	if good {
		e.lines = append(e.lines, fmt.Sprintf("func P%d(%s) (any, []unsafe.Pointer) { f := %s; %s; return f, []unsafe.Pointer{%s} }",
			len(e.lines), strings.Join(params, ", "), what, call, uses))
	}
}

func (e *exporter) spellAll(list []types.Type) string {
	var texts []string
	for _, t := range list {
		text, _ := e.spell(t)
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

// spell writes a type as the probe has to; false if that cannot name it.
func (e *exporter) spell(t types.Type) (string, bool) {
	good := true
	text := types.TypeString(t, func(p *types.Package) string {
		if isInternal(p.Path()) {
			good = false
		}
		return e.name(p)
	})
	// What is not exported follows a dot, in lower case.
	return text, good && !notExported.MatchString(text)
}

var notExported = regexp.MustCompile(`\bp\d+\.[^A-Z]`)

// name is what the probe calls a package.
func (e *exporter) name(p *types.Package) string {
	if isInternal(p.Path()) {
		return "p0"
	}
	if e.imports[p.Path()] == "" {
		e.imports[p.Path()] = fmt.Sprintf("p%d", len(e.imports)+1)
	}
	return e.imports[p.Path()]
}

var probeLine = regexp.MustCompile(`(?m)probe\.go:(\d+):\d+:`)

// probe compiles the package, without what the compiler does not take: a few functions can
// only be used in a way of their own.
func (e *exporter) probe(ctx context.Context, k *kit.Kit, work string, config []byte) error {
	var head []string
	for path, name := range e.imports {
		head = append(head, fmt.Sprintf("import %s %q", name, path))
	}
	slices.Sort(head)
	head = append([]string{"package probe", "import \"unsafe\""}, head...)
	cfg := filepath.Join(work, "probe.cfg")
	if err := os.WriteFile(cfg, config, 0o644); err != nil {
		return err
	}
	var last error
	for range 5 {
		file, archive := filepath.Join(work, "probe.go"), filepath.Join(work, "probe.a")
		if err := os.WriteFile(file, []byte(strings.Join(append(slices.Clone(head), e.lines...), "\n")+"\n"), 0o644); err != nil {
			return err
		}
		last = goTool(ctx, k, work, "compile", "-p", "probe", "-complete", "-pack", "-shared", "-linkshared", "-dwarf=false", "-e", k.DebugFlag(),
			"-importcfg", cfg, "-o", archive, file)
		if last == nil {
			data, err := os.ReadFile(archive)
			if err != nil {
				return err
			}
			used, err := symbolNames(data)
			if err != nil {
				return err
			}
			for _, name := range used {
				if !strings.HasPrefix(name, "probe.") {
					e.names[name] = true
				}
			}
			return nil
		}
		wrong := probeLine.FindAllStringSubmatch(last.Error(), -1)
		if len(wrong) == 0 {
			return last
		}
		for _, w := range wrong {
			n, err := strconv.Atoi(w[1])
			if err != nil || n <= len(head) || n > len(head)+len(e.lines) {
				return last
			}
			e.lines[n-1-len(head)] = ""
		}
	}
	return last
}
