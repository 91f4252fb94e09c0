//go:build postgres && !pgstdtest

// Addresses are taken apart, compared and printed as ever; what would make a
// socket of one fails. As no connection ever exists, nothing refers to the
// types of connections, and the linker leaves out all that is behind them.
package net

import (
	"context"
	"os"
	"syscall"
)

// noSocket is the error of the first system call that each of these would make.
//
//pgstd:add
func noSocket() error { return os.NewSyscallError("socket", syscall.EPERM) }

func (sd *sysDialer) dialSingle(ctx context.Context, ra Addr) (Conn, error) {
	return nil, &OpError{Op: "dial", Net: sd.network, Source: sd.LocalAddr, Addr: ra, Err: noSocket()}
}

func (sd *sysDialer) dialTCP(ctx context.Context, laddr, raddr *TCPAddr) (*TCPConn, error) {
	return nil, noSocket()
}

func (sd *sysDialer) dialUDP(ctx context.Context, laddr, raddr *UDPAddr) (*UDPConn, error) {
	return nil, noSocket()
}

func (sd *sysDialer) dialIP(ctx context.Context, laddr, raddr *IPAddr) (*IPConn, error) {
	return nil, noSocket()
}

func (sd *sysDialer) dialUnix(ctx context.Context, laddr, raddr *UnixAddr) (*UnixConn, error) {
	return nil, noSocket()
}
