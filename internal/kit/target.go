package kit

import (
	"fmt"
	"runtime"
	"strings"
)

// Target is what an object is built for, such as "linux-postgres-amd64".
type Target string

const prefix = "linux-postgres-"

// Supported lists all targets.
var Supported = []Target{prefix + "amd64", prefix + "arm64"}

// Host is the target of this machine.
func Host() Target { return Target(prefix + runtime.GOARCH) }

// Parse checks the name of a target; the empty name is the target of this
// machine.
func Parse(name string) (Target, error) {
	t := Target(name)
	if name == "" {
		t = Host()
	}
	for _, s := range Supported {
		if t == s {
			return t, nil
		}
	}
	names := make([]string, len(Supported))
	for i, s := range Supported {
		names[i] = string(s)
	}
	return "", fmt.Errorf("no target %q; there is %s", t, strings.Join(names, ", "))
}

// GOARCH is the target's architecture, as Go calls it.
func (t Target) GOARCH() string { return strings.TrimPrefix(string(t), prefix) }
