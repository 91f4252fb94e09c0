// Package target is the build driver: from an author's package, or a test, to an
// object and, with the postgres host, to an extension.
//
// It is for programs that build: pgbuild, and tests. Its parts are packages of their
// own: internal/kit finds Go, the C compiler and the overlay and runs them shut in,
// internal/gate has the source judged meanwhile, internal/link makes hosts and the
// final link. It does not judge what a package may contain, and it installs nothing.
// Functions of the language come another way: package plgo/compile.
package target

import "github.com/pgstd/pgstd/internal/kit"

// What a build is told, and says, is a matter of the kit.
type (
	// Target is what an object is built for, such as "linux-postgres-amd64".
	Target = kit.Target
	// Options say with what to build. The zero value is good.
	Options = kit.Options
	// BuildError is what the go command says when it cannot build.
	BuildError = kit.BuildError
)

// Supported lists all targets.
var Supported = kit.Supported

// Host is the target of this machine.
func Host() Target { return kit.Host() }

// Parse checks the name of a target; the empty name is the target of this machine.
func Parse(name string) (Target, error) { return kit.Parse(name) }
