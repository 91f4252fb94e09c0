// Package pgxtest is for tests of an extension from outside, as a client sees it, in "go test":
//
//	func TestSlugify(t *testing.T) {
//		tx := pgxtest.New(t)
//		var slug string
//		err := tx.QueryRow(t.Context(), "SELECT slugify($1)", "Hello, World").Scan(&slug)
//		…
//	}
//
// The command pgbuild has to be in PATH, or PGBUILD names it. It builds the package whose tests run and
// starts a scratch PostgreSQL, one for all tests of the package. The module needs
// github.com/jackc/pgx/v5. Files with such tests begin with "//go:build !postgres": on the target,
// there are no sockets.
package pgxtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// New connects to the scratch PostgreSQL and begins a transaction, which is rolled back when the
// test ends. Tests can run in parallel.
func New(t testing.TB) pgx.Tx {
	t.Helper()
	tx, err := Connect(t).Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

// Connect connects to the scratch PostgreSQL, until the test ends. What it commits, others see.
func Connect(t testing.TB) *pgx.Conn {
	t.Helper()
	url, err := URL()
	if err != nil {
		t.Fatal(err)
	}
	c, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	// The server ends the transaction as the connection goes.
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

// URL is what pgx, and what else takes libpq's form of key=value, connects with.
func URL() (string, error) {
	one.Do(func() { one.url, one.err = start() })
	return one.url, one.err
}

var one struct {
	sync.Once
	url string
	err error
	end any // the pipe whose end, with this process, ends the server
}

// startTime is more than a first build takes on a slow machine.
const startTime = 20 * time.Minute

func start() (string, error) {
	command := os.Getenv("PGBUILD")
	if command == "" {
		command = "pgbuild"
	}
	// Tests run in their package's folder.
	cmd := exec.Command(command, "run", "--json")
	var said bytes.Buffer
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("starting a scratch PostgreSQL: %w; put pgbuild into PATH, or set PGBUILD to where it is", err)
	}
	one.end = in
	late := time.AfterFunc(startTime, func() { cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	late.Stop()
	if err != nil {
		cmd.Wait()
		return "", fmt.Errorf("starting a scratch PostgreSQL: %s", strings.TrimSpace(said.String()))
	}
	var answer struct{ URL string }
	if err := json.Unmarshal(line, &answer); err != nil {
		return "", fmt.Errorf("starting a scratch PostgreSQL: pgbuild says %q: %w", line, err)
	}
	return answer.URL, nil
}
