package arm64

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/pgconfig"
)

// replicated is what a server and its standby agree on.
var replicated = []string{"wal_level=replica", "max_wal_senders=4"}

// follow has a standby on arm64 follow a server on this machine, and call what that has
// compiled, before and after it began to follow.
func follow(t *testing.T, here *cluster.Cluster) {
	s := system(t)
	pg, err := pgconfig.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if pg.Major != s.PG.Major {
		t.Skipf("PostgreSQL %d cannot be the standby of PostgreSQL %d", s.PG.Major, pg.Major)
	}
	standby := startLanguage(t, cluster.Options{
		Settings: append([]string{"hot_standby=on"}, replicated...),
		MakeData: func(ctx context.Context, data string) error {
			cmd := exec.CommandContext(ctx, pg.Bin("pg_basebackup"), "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync")
			cmd.Env = here.Env()
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("pg_basebackup: %w: %s", err, out)
			}
			return nil
		},
	})
	if got := query(t, standby, "select pg_is_in_recovery(), version() ~ 'aarch64'"); got != "t|t" {
		t.Fatalf("in recovery, on arm64: %s", got)
	}
	if got, want := query(t, standby, readOnlyCalls), query(t, here, readOnlyCalls); strings.Count(got, "\n") != 2 || got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}

	query(t, here, "create function later(a int) returns int language plgo strict as $$ return a * 3 $$")
	waitFor(t, "the standby", func() bool { return query(t, standby, "select to_regproc('later') is not null") == "t" })
	if got := query(t, standby, "select later(14)"); got != "42" {
		t.Errorf("got %s", got)
	}

	_, refused := connect(t, standby).run("select here_only(1)")
	if refused == nil || refused.Code != "55000" || !strings.Contains(refused.Hint, `"plgo.targets" naming the architecture of this one`) {
		t.Fatalf("%+v", refused)
	}
	query(t, here, "select plgo.compile('here_only(int)')")
	waitFor(t, "the object", func() bool {
		_, err := standby.Query(t.Context(), "select here_only(1)")
		return err == nil
	})
}

// waitFor waits for what must happen soon. The limit is for those who debug.
func waitFor(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !happened(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s", what)
		}
	}
}
