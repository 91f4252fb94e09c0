//go:build postgres && !pgstdtest

package syslog

import (
	"errors"
	"net"
)

// Dial says why there is no connection. The stock one tries several sockets and
// forgets, after it has looked for the name of the program.
func Dial(network, raddr string, priority Priority, tag string) (*Writer, error) {
	if priority < 0 || priority > LOG_LOCAL7|LOG_DEBUG {
		return nil, errors.New("log/syslog: invalid priority")
	}
	if network == "" {
		network, raddr = "unixgram", "/dev/log"
	}
	_, err := net.Dial(network, raddr)
	return nil, err
}
