package link

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/pgconfig"
)

// headerProbe compiles if the server headers describe data as the compiler's
// target lays them out. What else differs between architectures in the headers of
// one version concerns the server's own code: which instructions it may use.
const headerProbe = `#include "pg_config.h"
#include <stddef.h>
struct probe { char c; double d; };
struct probe_long { char c; long l; };
_Static_assert(sizeof(void *) == SIZEOF_VOID_P && sizeof(size_t) == SIZEOF_SIZE_T && sizeof(long) == SIZEOF_LONG, "sizes");
#ifndef ALIGNOF_LONG			/* up to PostgreSQL 18 */
#define ALIGNOF_LONG ALIGNOF_INT64_T
#endif
_Static_assert(offsetof(struct probe, d) == ALIGNOF_DOUBLE && offsetof(struct probe_long, l) == ALIGNOF_LONG, "alignment");
_Static_assert(_Alignof(double) <= MAXIMUM_ALIGNOF && _Alignof(long) <= MAXIMUM_ALIGNOF, "alignment");
#if defined(WORDS_BIGENDIAN) != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
#error byte order
#endif
`

// CheckHeaders finds out whether the server headers of a PostgreSQL, which is
// usually this machine's, are right for modules of another architecture.
func CheckHeaders(ctx context.Context, compiler string, pg *pgconfig.Config, t kit.Target) error {
	cmd := exec.CommandContext(ctx, compiler, "-std=gnu11", "-I"+pg.IncludeDirServer, "-x", "c", "-fsyntax-only", "-")
	cmd.Env = []string{"LC_ALL=C", "PATH=" + gocmd.SearchPath(compiler)}
	cmd.Stdin = strings.NewReader(headerProbe)
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	for line := range strings.Lines(string(out)) {
		if _, said, ok := strings.Cut(line, "error: "); ok {
			return fmt.Errorf("the server headers in %s are not for %s (%s); name the pg_config of a PostgreSQL for it with --pg-config",
				pg.IncludeDirServer, t, strings.TrimSpace(said))
		}
	}
	return fmt.Errorf("trying the server headers in %s for %s: %s: %w: %s", pg.IncludeDirServer, t, compiler, err, bytes.TrimSpace(out))
}
