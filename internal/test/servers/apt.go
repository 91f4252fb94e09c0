package servers

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/majors"
)

// defaultMirror serves where the machine's own configuration names no mirror of Debian.
const defaultMirror = "http://deb.debian.org/debian"

// keyring holds the keys of Debian's archive.
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// download fetches the packages of a server, its client, its headers and the libraries
// that they need into a folder, with lists and a state of apt's own: the machine's
// are neither used nor changed.
func download(ctx context.Context, dir string, major majors.Major, arch string) ([]string, error) {
	apt, err := newApt(ctx, dir, major.Base, major.Suite, arch)
	if err != nil {
		return nil, err
	}
	server := fmt.Sprintf("postgresql-%d", major.Number)
	client := fmt.Sprintf("postgresql-client-%d", major.Number)
	names, err := apt.needed(ctx, server, client)
	if err != nil {
		return nil, err
	}
	return apt.download(ctx, append(libraries(names), server, client, fmt.Sprintf("postgresql-server-dev-%d", major.Number)))
}

// uri matches the line of one package in what apt-get would fetch: 'http://…' NAME_VERSION_ARCH.deb …
var uri = regexp.MustCompile(`(?m)^'[^']*' ([^_ ]+)_[^ ]*\.deb `)

// notForServers are libraries that only packages need which are left out themselves: the
// compiler of queries, and languages.
var notForServers = regexp.MustCompile(`^lib(llvm|z3|clang|perl|python|db5|gdbm|json-c|stdc\+\+-)`)

// packages finds their names in a list of what apt-get would fetch.
func packages(uris []byte) (names []string) {
	for _, m := range uri.FindAllSubmatch(uris, -1) {
		names = append(names, string(m[1]))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// libraries picks the packages with libraries.
func libraries(packages []string) (names []string) {
	for _, name := range packages {
		if (strings.HasPrefix(name, "lib") || name == "zlib1g") && !strings.HasSuffix(name, "-dev") && !notForServers.MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}

// apt is a configuration of its own.
type apt struct{ dir, config string }

// newApt makes it in dir, for a suite that may lie on top of another one, and reads its lists.
func newApt(ctx context.Context, dir, base, suite, arch string) (*apt, error) {
	if _, err := os.Stat(keyring); err != nil {
		return nil, fmt.Errorf("%w: there is no %s; install it (apt-get install debian-archive-keyring)", ErrUnavailable, keyring)
	}
	for _, name := range []string{"lists/partial", "archives/partial", "none"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			return nil, err
		}
	}
	mirror := mirrorOf(ctx)
	var sources strings.Builder
	for _, name := range []string{base, suite} {
		if name != "" {
			fmt.Fprintf(&sources, "deb [signed-by=%s] %s %s main\n", keyring, mirror, name)
		}
	}
	// What lies on top is for PostgreSQL alone.
	preferences := ""
	if base != "" {
		preferences = fmt.Sprintf("Package: postgresql-* libpq*\nPin: release a=%s\nPin-Priority: 990\n", suite)
	}
	// A mirror that is behind has lists that are out of date.
	config := fmt.Sprintf(`Dir::State %q;
Dir::State::lists %q;
Dir::State::status %q;
Dir::Cache %q;
Dir::Etc::sourcelist %q;
Dir::Etc::sourceparts %[6]q;
Dir::Etc::main "/dev/null";
Dir::Etc::parts %[6]q;
Dir::Etc::preferencesparts %[6]q;
APT::Architecture %[7]q;
APT::Architectures { %[7]q; };
APT::Sandbox::User "";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Dir::Etc::preferences %[8]q;
`, dir, filepath.Join(dir, "lists"), filepath.Join(dir, "status"), dir,
		filepath.Join(dir, "sources.list"), filepath.Join(dir, "none"), arch, filepath.Join(dir, "preferences"))
	a := &apt{dir: dir, config: filepath.Join(dir, "apt.conf")}
	for name, content := range map[string]string{"status": "", "sources.list": sources.String(), "preferences": preferences, "apt.conf": config} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return nil, err
		}
	}
	_, err := a.run(ctx, "apt-get", "-q", "update")
	return a, err
}

// needed names the packages that these take, themselves included.
func (a *apt) needed(ctx context.Context, names ...string) ([]string, error) {
	uris, err := a.run(ctx, "apt-get", append([]string{"-qq", "-y", "--no-install-recommends", "--print-uris", "install"}, names...)...)
	return packages(uris), err
}

// download fetches packages, and returns their files.
func (a *apt) download(ctx context.Context, names []string) ([]string, error) {
	if _, err := a.run(ctx, "apt-get", append([]string{"-q", "download"}, names...)...); err != nil {
		return nil, err
	}
	return filepath.Glob(filepath.Join(a.dir, "*.deb"))
}

// run runs a program of apt, and returns what it prints.
func (a *apt) run(ctx context.Context, program string, args ...string) ([]byte, error) {
	path, err := lookPath(program)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = a.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive", "APT_CONFIG="+a.config)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
		return nil, fmt.Errorf("%w: apt-get %s: %w: %s", ErrUnavailable, strings.Join(args[:min(2, len(args))], " "), err,
			strings.Join(lines[max(0, len(lines)-3):], "\n"))
	}
	return out, nil
}

// mirrorOf is the mirror of Debian that this machine's apt uses.
func mirrorOf(ctx context.Context) string {
	cmd := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", "$(ORIGIN) $(COMPONENT) $(SITE)")
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		return defaultMirror
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "Debian" && fields[1] == "main" && !strings.HasSuffix(fields[2], "-security") {
			return fields[2]
		}
	}
	return defaultMirror
}
