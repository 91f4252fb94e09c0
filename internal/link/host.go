package link

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/packs"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"golang.org/x/sync/errgroup"
)

// hostFlags compile the host's C source. The host is one with the object's
// module: only what is marked is visible outside.
var hostFlags = []string{
	"-std=gnu11", "-O2", "-fPIC", "-fno-plt", "-fvisibility=hidden", "-D_GNU_SOURCE",
	"-ffunction-sections", "-fdata-sections", // see ModuleFlags
	// Two words that a call passes are not to be stored as one vector: who reads them waits for it.
	"-fno-tree-slp-vectorize",
	"-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-sign-compare",
	"-Werror=date-time", // the same source makes the same host on any day
}

// archFlags are what a host needs besides on an architecture. On amd64, the switch
// is a call in inline assembly, which the compiler does not know of when it puts
// locals below the stack pointer.
// On arm64, atomic operations are instructions, not calls into the compiler's
// library, which a module does not have.
var archFlags = map[string][]string{"amd64": {"-mno-red-zone"}, "arm64": {"-mno-outline-atomics"}}

// The parts of a host, by folder under host/.
var CoreSources = []string{"world.c", "memory.c", "holds.c", "kept.c", "output.c", "clocks.c", "timezone.c", "fault.c", "timer.c", "image.c", "modfile.c", "modules.c", "file.c"}

// ExtensionSources are of what only an extension's module has.
var ExtensionSources = []string{
	"postgres/calls/module.c", "postgres/calls/setting.c", "postgres/calls/background.c", "postgres/calls/support.c", "postgres/calls/basetype.c", "postgres/calls/sorting.c",
	"postgres/calls/gin.c", "postgres/calls/gist.c", "postgres/calls/spgist.c", "postgres/calls/trie.c", "postgres/calls/planner.c", noRequests,
}

// One of the two is in a module: the first, if the Go part can ask the host for something.
const (
	requestKinds = "postgres/calls/kinds.c"
	noRequests   = "postgres/calls/nokinds.c"
)

// ServerSources make worlds a part of a server, whatever module they are for.
var ServerSources = []string{
	"postgres/base/text.c",
	"postgres/base/caller.c",
	"postgres/base/catalog.c",
	"postgres/base/limits.c",
	"postgres/base/alive.c",
	"postgres/base/hold.c",
	"postgres/base/abort.c",
	"postgres/base/worker.c",
	"postgres/proof/digest.c",
	"postgres/proof/ed25519.c",
	"postgres/proof/signature.c",
	"postgres/values/details.c",
	"postgres/values/conv.c",
	"postgres/values/routines.c",
	"postgres/values/rowdesc.c",
	"postgres/values/making.c",
	"postgres/values/values.c",
	"postgres/values/arrays.c",
	"postgres/values/numeric.c",
	"postgres/values/records.c",
	"postgres/values/assign.c",
	"postgres/values/take.c",
	"postgres/values/plan.c",
	"postgres/sql/spi.c",
	"postgres/sql/columns.c",
	"postgres/sql/receiver.c",
	"postgres/sql/select.c",
	"postgres/sql/statements.c",
	"postgres/sql/params.c",
	"postgres/sql/ways.c",
	"postgres/sql/sql.c",
	"postgres/sql/show.c",
	"postgres/sql/rows.c",
	"postgres/session/shared.c",
	"postgres/session/parameters.c",
	"postgres/session/signals.c",
	"postgres/session/init.c",
	"postgres/session/current.c",
	"postgres/session/platform.c",
	"postgres/session/sets.c",
	"postgres/session/worlds.c",
	"postgres/cell/place.c",
	"postgres/cell/area.c",
	"postgres/cell/pass.c",
	"postgres/cell/answer.c",
	"postgres/cell/talk.c",
	"postgres/cell/process.c",
	"postgres/cell/count.c",
	"postgres/cell/distance.c",
	"postgres/cell/load.c",
	"postgres/cell/rest.c",
	"postgres/cell/usage.c",
	"postgres/cell/settings.c",
	"postgres/cell/functions.c",
	"postgres/cell/enter.c",
	"postgres/cell/region.c",
	"postgres/calls/traceback.c",
	"postgres/calls/common.c",
	"postgres/calls/asked.c",
	"postgres/calls/ending.c",
	"postgres/calls/errors.c",
	"postgres/calls/sink.c",
	"postgres/calls/frame.c",
	"postgres/calls/notify.c",
	"postgres/calls/window.c",
	"postgres/calls/ahead.c",
	"postgres/calls/requests.c",
	requestKinds,
	"postgres/calls/start.c",
	"postgres/calls/call.c",
	"postgres/calls/set.c",
	"postgres/calls/state.c",
	"postgres/calls/aggregate.c",
	"postgres/calls/windowcall.c",
	"postgres/calls/trigger.c",
}

// CellSources are the program of a cell, besides the parts of the core that it shares.
var CellSources = []string{
	"cell/main.c", "cell/platform.c", "cell/region.c", "cell/heap.c", "cell/lock.c",
	"world.c", "memory.c", "holds.c", "kept.c", "output.c", "clocks.c", "fault.c", "timer.c", "modfile.c", "modules.c",
}

// BuildHost compiles sources of host/ with flags and those of the architecture,
// and returns the folder that holds the result: whatever produce leaves there. The folder's name is decided
// by everything that goes in.
func BuildHost(ctx context.Context, k *kit.Kit, kind string, flags []string, key string, produce func(flags []string, src, out string) error) (string, error) {
	src, err := kit.Extract(k.CacheDir, "src", nil, func(path string) bool {
		return !strings.HasSuffix(path, ".c") && !strings.HasSuffix(path, ".h")
	}, "host", "plgo/handler")
	if err != nil {
		return "", err
	}
	flags = slices.Concat(flags, archFlags[k.Target.GOARCH()], k.Debug.Flags(), k.HostFlags)
	id, err := k.CompilerID(ctx)
	if err != nil {
		return "", err
	}
	h := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%q\n%s\n%s\n", kind, src, flags, key, id))
	dir := filepath.Join(k.CacheDir, kind, hex.EncodeToString(h[:12]))
	// The names of files in messages are the same wherever the cache is.
	flags = append(flags, "-ffile-prefix-map="+src+"/=")
	return dir, kit.Fill(dir, func(tmp string) error { return produce(flags, filepath.Join(src, "host"), tmp) })
}

// Host is what is linked into a module beside the author's code.
type Host struct {
	objects  []string
	Compiler string // that made them, in a line
}

// For returns the objects to link with a Go part.
func (h *Host) For(goObject string) ([]string, error) {
	data, err := os.ReadFile(goObject)
	if err != nil {
		return nil, err
	}
	functions, err := linkedFunctions(data)
	if err != nil {
		return nil, err
	}
	other := objectName(requestKinds)
	if slices.Contains(functions, "runtime.pgstd_request") {
		other = objectName(noRequests)
	}
	return slices.DeleteFunc(slices.Clone(h.objects), func(path string) bool { return filepath.Base(path) == other }), nil
}

// hostSources are those of the host in a module.
func hostSources(k *kit.Kit) []string {
	return slices.Concat(ExtensionSources, ServerSources, CoreSources, k.Debug.Sources())
}

// PostgresHost returns the compiled postgres host for an installation: objects
// to link into a module, of a pack or compiled here.
func PostgresHost(ctx context.Context, k *kit.Kit, pg *pgconfig.Config) (*Host, error) {
	h := &Host{}
	dir, pack, err := Packed(k, pg.Major)
	if err != nil {
		return nil, err
	}
	if pack != nil {
		dir, h.Compiler = filepath.Join(dir, packs.HostFolder), pack.Compiler
	} else if dir, h.Compiler, err = CompileHost(ctx, k, pg); err != nil {
		return nil, err
	}
	for _, source := range hostSources(k) {
		h.objects = append(h.objects, filepath.Join(dir, objectName(source)))
	}
	return h, nil
}

// CompileHost compiles the postgres host, or finds what has been, and returns the folder with
// its objects, and the name of the compiler.
func CompileHost(ctx context.Context, k *kit.Kit, pg *pgconfig.Config) (dir, compiler string, err error) {
	if compiler, err = CanCompile(ctx, k, pg); err != nil {
		return "", "", err
	}
	dir, err = compileFor(ctx, k, pg, "host-postgres", "the host", hostSources(k))
	return dir, compiler, err
}

// CompileWith compiles sources of which the host of a module may have some, too: those are
// compiled once for both. It returns the objects, and the name of the compiler.
func CompileWith(ctx context.Context, k *kit.Kit, pg *pgconfig.Config, what string, sources []string) (objects []string, compiler string, err error) {
	common, compiler, err := CompileHost(ctx, k, pg)
	if err != nil {
		return nil, "", err
	}
	inHost := func(source string) bool { return slices.Contains(hostSources(k), source) }
	own, err := compileFor(ctx, k, pg, "support-objects", what, slices.DeleteFunc(slices.Clone(sources), inHost))
	if err != nil {
		return nil, "", err
	}
	for _, source := range sources {
		dir := own
		if inHost(source) {
			dir = common
		}
		objects = append(objects, filepath.Join(dir, objectName(source)))
	}
	return objects, compiler, nil
}

// compileFor compiles sources for a PostgreSQL into a folder of the cache, and returns that.
func compileFor(ctx context.Context, k *kit.Kit, pg *pgconfig.Config, kind, what string, sources []string) (string, error) {
	doing := fmt.Sprintf("compiling %s of pgbuild %s for PostgreSQL %s", what, pgstd.Version, pg.Version)
	return BuildHost(ctx, k, kind, PostgresFlags(pg), fmt.Sprintf("%s %q", pg.Version, sources), func(flags []string, src, out string) error {
		return each(sources, func(source string) error {
			args := append([]string{"-c", "-o", filepath.Join(out, objectName(source))}, flags...)
			return k.CompileC(ctx, doing, append(args, filepath.Join(src, source))...)
		})
	})
}

// each compiles sources, as many at a time as there are processors, and begins none after one
// has failed. Sources begin in order, so that of several errors it is the same one each time.
func each(sources []string, compile func(source string) error) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	var failed atomic.Bool
	errs := make([]error, len(sources))
	for i, source := range sources {
		if failed.Load() {
			break
		}
		group.Go(func() error {
			if errs[i] = compile(source); errs[i] != nil {
				failed.Store(true)
			}
			return nil
		})
	}
	group.Wait()
	return cmp.Or(errs...)
}

// CanCompile finds out whether a host can be compiled for a PostgreSQL: a compiler and the
// server's headers are there. It returns the name of the compiler.
func CanCompile(ctx context.Context, k *kit.Kit, pg *pgconfig.Config) (compiler string, err error) {
	if pg.IncludeDirServer == "" {
		return "", fmt.Errorf("no pack for PostgreSQL %d and %s is installed; install one (pgbuild toolchain install), or name a pg_config with --pg-config", pg.Major, k.Target)
	}
	id, err := k.CompilerID(ctx)
	if err != nil {
		return "", orPack(k, pg.Major, err)
	}
	header := filepath.Join(pg.IncludeDirServer, "postgres.h")
	if _, err := os.Stat(header); err != nil {
		return "", orPack(k, pg.Major, fmt.Errorf("no %s: the server headers of PostgreSQL %s are missing; install them (apt-get install postgresql-server-dev-%d)",
			header, pg.Version, pg.Major))
	}
	if k.Target.Cross() {
		if err := CheckHeaders(ctx, k.CC, pg, k.Target); err != nil {
			return "", err
		}
	}
	id = strings.TrimSpace(id)
	return strings.TrimSpace(id[strings.LastIndexByte(id, '\n')+1:]), nil
}

func PostgresFlags(pg *pgconfig.Config) []string {
	flags := append([]string{"-I" + pg.IncludeDirServer, "-ffile-prefix-map=" + pg.IncludeDirServer + "/="}, hostFlags...)
	if clobbered() {
		flags = append(flags, "-DPGSTD_CLOBBER")
	}
	return flags
}

// clobber is the variable of the environment that, set to anything, makes a host for
// tests: what it lets go of is overwritten, so that whoever reads it later is found out.
const clobber = "PGSTD_CLOBBER"

func clobbered() bool { return os.Getenv(clobber) != "" }

func objectName(source string) string {
	return strings.TrimSuffix(filepath.Base(source), ".c") + ".o"
}

// CellProgram returns the path of the program that runs worlds in processes of their own,
// compiled. Where there is an archive of the C library, it needs none of the machine that it runs on.
func CellProgram(ctx context.Context, k *kit.Kit) (string, error) {
	flags := append(slices.Clone(hostFlags), "-s", "-Wl,--build-id=none")
	dir, err := BuildHost(ctx, k, "cell", flags, fmt.Sprintf("%q", CellSources), func(flags []string, src, out string) error {
		args := append([]string{"-o", filepath.Join(out, pgstd.CellProgram)}, flags...)
		for _, source := range CellSources {
			args = append(args, filepath.Join(src, source))
		}
		if k.CompileC(ctx, "compiling the program of a cell", append(args, "-static")...) == nil {
			return nil
		}
		return k.CompileC(ctx, "compiling the program of a cell", args...)
	})
	return filepath.Join(dir, pgstd.CellProgram), err
}

// standaloneSources are what the standalone host has beside the core.
var standaloneSources = []string{
	"standalone/main.c", "standalone/child.c", "standalone/files.c", "standalone/inherit.c", "standalone/places.c", "standalone/pages.c", "standalone/pipes.c",
	"standalone/processes.c", "standalone/self.c", "standalone/signals.c", "standalone/sockets.c", "standalone/steps.c",
}

// StandaloneHost returns the path of pgstd-run, compiled.
func StandaloneHost(ctx context.Context, k *kit.Kit) (string, error) {
	const program = "pgstd-run"
	base := hostFlags
	if k.Target.Cross() {
		// An emulator then needs no C library of the other architecture. Objects name
		// no library, so the static dlopen has nothing to look for.
		base = append(slices.Clone(hostFlags), "-static")
	}
	base = slices.Concat(base, k.Debug.Flags())
	dir, err := BuildHost(ctx, k, "host-standalone", base, "", func(flags []string, src, out string) error {
		args := append([]string{"-o", filepath.Join(out, program)}, flags...)
		for _, source := range slices.Concat(standaloneSources, CoreSources) {
			args = append(args, filepath.Join(src, source))
		}
		return k.CompileC(ctx, "compiling the standalone host", append(args, "-ldl")...)
	})
	return filepath.Join(dir, program), err
}
