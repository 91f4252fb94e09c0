package target

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/pgconfig"
)

// hostFlags compile the host's C source. The host is one with the object's
// module: only what is marked is visible outside.
var hostFlags = []string{
	"-std=gnu11", "-O2", "-fPIC", "-fno-plt", "-fvisibility=hidden", "-D_GNU_SOURCE",
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
var coreSources = []string{"world.c", "memory.c", "output.c", "timezone.c", "fault.c", "timer.c", "image.c", "file.c"}

// serverSources make worlds a part of a server, whatever module they are for.
var serverSources = []string{
	"postgres/call.c",
	"postgres/worlds.c",
	"postgres/platform.c",
	"postgres/errors.c",
	"postgres/requests.c",
	"postgres/sql.c",
	"postgres/take.c",
	"postgres/hold.c",
	"postgres/values.c",
	"postgres/making.c",
	"postgres/assign.c",
	"postgres/arrays.c",
	"postgres/records.c",
	"postgres/rowdesc.c",
	"postgres/details.c",
	"postgres/plan.c",
	"postgres/rows.c",
	"postgres/select.c",
	"postgres/set.c",
	"postgres/trigger.c",
	"postgres/signals.c",
	"postgres/shared.c",
	"postgres/limits.c",
	"postgres/signature.c",
	"postgres/ed25519.c",
	"postgres/digest.c",
	"postgres/abort.c",
	"postgres/statements.c",
}

// compiler identifies a C compiler, for cache keys.
func (k *kit) compiler(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, k.cc, "-v")
	cmd.Env = k.toolEnviron(k.work)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("running %s -v: %w: %s", k.cc, err, bytes.TrimSpace(out))
	}
	return string(out), nil
}

// buildHost compiles sources of host/ with flags and those of the architecture,
// and returns the folder that holds the result: whatever produce leaves there. The folder's name is decided
// by everything that goes in.
func (k *kit) buildHost(ctx context.Context, kind string, flags []string, key string, produce func(flags []string, src, out string) error) (string, error) {
	src, err := extract(k.CacheDir, "src", nil, func(path string) bool {
		return !strings.HasSuffix(path, ".c") && !strings.HasSuffix(path, ".h")
	}, "host", "plgo/handler")
	if err != nil {
		return "", err
	}
	flags = slices.Concat(flags, archFlags[k.Target.GOARCH()], k.Debug.flags())
	id, err := k.compiler(ctx)
	if err != nil {
		return "", err
	}
	h := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%q\n%s\n%s\n", kind, src, flags, key, id))
	dir := filepath.Join(k.CacheDir, kind, hex.EncodeToString(h[:12]))
	// The names of files in messages are the same wherever the cache is.
	flags = append(flags, "-ffile-prefix-map="+src+"/=")
	return dir, fill(dir, func(tmp string) error { return produce(flags, filepath.Join(src, "host"), tmp) })
}

// postgresHost returns the compiled postgres host for an installation: objects
// to link into a module.
func (k *kit) postgresHost(ctx context.Context, pg *pgconfig.Config) ([]string, error) {
	header := filepath.Join(pg.IncludeDirServer, "postgres.h")
	if _, err := os.Stat(header); err != nil {
		return nil, fmt.Errorf("no %s: the server headers of PostgreSQL %s are missing; install them (apt-get install postgresql-server-dev-%d)",
			header, pg.Version, pg.Major)
	}
	if k.Target.Cross() {
		if err := CheckHeaders(ctx, k.cc, pg, k.Target); err != nil {
			return nil, err
		}
	}
	flags := postgresFlags(pg)
	sources := slices.Concat([]string{"postgres/module.c"}, serverSources, coreSources, k.Debug.sources())
	dir, err := k.buildHost(ctx, "host-postgres", flags, fmt.Sprintf("%s %q", pg.Version, sources), func(flags []string, src, out string) error {
		for _, source := range sources {
			args := append([]string{"-c", "-o", filepath.Join(out, objectName(source))}, flags...)
			if err := k.cCompile(ctx, "compiling the postgres host", append(args, filepath.Join(src, source))...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	objects := make([]string, len(sources))
	for i, source := range sources {
		objects[i] = filepath.Join(dir, objectName(source))
	}
	return objects, nil
}

func postgresFlags(pg *pgconfig.Config) []string {
	flags := append([]string{"-I" + pg.IncludeDirServer, "-ffile-prefix-map=" + pg.IncludeDirServer + "/="}, hostFlags...)
	if os.Getenv(clobber) != "" {
		flags = append(flags, "-DPGSTD_CLOBBER")
	}
	return flags
}

// clobber is the variable of the environment that, set to anything, makes a host for
// tests: what it lets go of is overwritten, so that whoever reads it later is found out.
const clobber = "PGSTD_CLOBBER"

func objectName(source string) string {
	return strings.TrimSuffix(filepath.Base(source), ".c") + ".o"
}

// StandaloneHost returns the path of pgstd-run, the host that runs an object in
// a plain process.
func StandaloneHost(ctx context.Context, o Options) (string, error) {
	k, err := openKit(ctx, o)
	if err != nil {
		return "", err
	}
	defer k.close()
	return k.standaloneHost(ctx)
}

func (k *kit) standaloneHost(ctx context.Context) (string, error) {
	const program = "pgstd-run"
	base := hostFlags
	if k.Target.Cross() {
		// An emulator then needs no C library of the other architecture. Objects name
		// no library, so the static dlopen has nothing to look for.
		base = append(slices.Clone(hostFlags), "-static")
	}
	base = slices.Concat(base, k.Debug.flags())
	dir, err := k.buildHost(ctx, "host-standalone", base, "", func(flags []string, src, out string) error {
		args := append([]string{"-o", filepath.Join(out, program)}, flags...)
		args = append(args, filepath.Join(src, "standalone/main.c"), filepath.Join(src, "standalone/files.c"), filepath.Join(src, "standalone/pages.c"))
		for _, source := range coreSources {
			args = append(args, filepath.Join(src, source))
		}
		return k.cCompile(ctx, "compiling the standalone host", append(args, "-ldl")...)
	})
	return filepath.Join(dir, program), err
}
