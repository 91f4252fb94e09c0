// Package pgconfig asks pg_config where one PostgreSQL installation keeps its
// files, and which version it is.
//
// It does not look for servers, and it does not check that the files are there:
// what a caller needs of an installation differs, and so does the remedy.
package pgconfig

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/internal/majors"
)

// Config is one PostgreSQL installation.
type Config struct {
	Path    string // absolute path of pg_config, empty for a relocated copy
	Version string // "15.20", as in server_version without the distributor's words
	Major   int

	BinDir           string // postgres, initdb, psql
	ShareDir         string // holds extension/
	PkgLibDir        string // what $libdir stands for
	IncludeDirServer string // postgres.h
}

// ErrNotFound says that there is no pg_config to ask.
var ErrNotFound = errors.New("pg_config not found in PATH; install it (apt-get install postgresql-server-dev-all) or name it with --pg-config")

// Find asks the pg_config at path, or the first one in PATH when path is empty.
// An unsupported major is an error.
func Find(ctx context.Context, path string) (*Config, error) {
	c, err := Read(ctx, path)
	if err != nil {
		return nil, err
	}
	if _, ok := majors.Find(c.Major); !ok {
		return nil, fmt.Errorf("%s belongs to PostgreSQL %s, which is not supported; name one of a PostgreSQL from %d to %d with --pg-config",
			c.Path, c.Version, majors.First(), majors.Last())
	}
	return c, nil
}

// Named finds the installation of a major, or the one whose pg_config is at a path.
func Named(ctx context.Context, name string) (*Config, error) {
	major, err := strconv.Atoi(name)
	if err != nil {
		return Find(ctx, name)
	}
	if c, err := Find(ctx, ""); err == nil && c.Major == major {
		return c, nil
	}
	var places []string
	for _, format := range []string{"/usr/lib/postgresql/%d/bin", "/usr/pgsql-%d/bin", "/usr/local/pgsql-%d/bin"} {
		place := fmt.Sprintf(format, major)
		if c, err := Find(ctx, filepath.Join(place, "pg_config")); err == nil && c.Major == major {
			return c, nil
		}
		places = append(places, place)
	}
	return nil, fmt.Errorf("there is no PostgreSQL %d: its pg_config is neither in PATH nor in %s; install it (apt-get install postgresql-server-dev-%[1]d), or name its pg_config by its path",
		major, strings.Join(places, ", "))
}

// Of describes an installation of which only the major is known, and nothing is here.
func Of(major int) (*Config, error) {
	if _, ok := majors.Find(major); !ok {
		return nil, fmt.Errorf("PostgreSQL %d is not supported; there are %d to %d", major, majors.First(), majors.Last())
	}
	return &Config{Version: strconv.Itoa(major), Major: major}, nil
}

// Read is Find without the version gate.
func Read(ctx context.Context, path string) (*Config, error) {
	if path == "" {
		found, err := exec.LookPath("pg_config")
		if err != nil {
			return nil, ErrNotFound
		}
		path = found
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path)
	// What it answers decides what is built; Debian's is a script.
	cmd.Env = []string{"LC_ALL=C", "PATH=/usr/bin:/bin"}
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && len(exit.Stderr) > 0 {
			err = errors.New(strings.TrimSpace(string(exit.Stderr)))
		}
		return nil, fmt.Errorf("cannot run pg_config: %w; name a working one with --pg-config", err)
	}
	c, err := parse(out)
	if err != nil {
		return nil, fmt.Errorf("%s does not answer like a pg_config: %w; name a working one with --pg-config", path, err)
	}
	c.Path = path
	return c, nil
}

// Dir is the directory in which PostgreSQL looks for an extension's file of
// this name: a module, and its signature, beside the server's own, everything else
// with the extension scripts.
func (c *Config) Dir(file string) string {
	if filepath.Ext(strings.TrimSuffix(file, ".minisig")) == ".so" {
		return c.PkgLibDir
	}
	return filepath.Join(c.ShareDir, "extension")
}

// Bin is the path of one of the installation's programs.
func (c *Config) Bin(program string) string { return filepath.Join(c.BinDir, program) }

// version matches releases ("15.20"), betas ("18beta1") and builds from a
// development branch ("19devel"), with whatever a distributor adds.
var version = regexp.MustCompile(`^PostgreSQL (([0-9]+)(?:\.[0-9]+|devel|beta[0-9]+|rc[0-9]+|alpha[0-9]+)?)`)

func parse(out []byte) (*Config, error) {
	values := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		if key, value, ok := strings.Cut(lines.Text(), " = "); ok {
			values[key] = value
		}
	}
	for _, key := range []string{"VERSION", "BINDIR", "SHAREDIR", "PKGLIBDIR", "INCLUDEDIR-SERVER"} {
		if values[key] == "" {
			return nil, fmt.Errorf("it prints no %s", key)
		}
	}
	m := version.FindStringSubmatch(values["VERSION"])
	if m == nil {
		return nil, fmt.Errorf("its version is %q", values["VERSION"])
	}
	major, err := strconv.Atoi(m[2])
	if err != nil {
		return nil, err
	}
	return &Config{
		Version:          m[1],
		Major:            major,
		BinDir:           values["BINDIR"],
		ShareDir:         values["SHAREDIR"],
		PkgLibDir:        values["PKGLIBDIR"],
		IncludeDirServer: values["INCLUDEDIR-SERVER"],
	}, nil
}
