//go:build postgres && !pgstdtest

package net

import (
	"context"
	"os"
	"syscall"
)

func (lc *ListenConfig) Listen(ctx context.Context, network, address string) (Listener, error) {
	return nil, lc.refuse(ctx, network, address)
}

func (lc *ListenConfig) ListenPacket(ctx context.Context, network, address string) (PacketConn, error) {
	return nil, lc.refuse(ctx, network, address)
}

// refuse finds fault with a wrong address first, as listening would.
//
//pgstd:add
func (lc *ListenConfig) refuse(ctx context.Context, network, address string) error {
	refusal := &OpError{Op: "listen", Net: network, Err: noSocket()}
	if where, wrong := DefaultResolver.resolveAddrList(ctx, refusal.Op, network, address, nil); wrong != nil {
		refusal.Err = wrong
	} else {
		refusal.Addr = where.first(isIPv4)
	}
	return refusal
}

func (sl *sysListener) listenTCP(ctx context.Context, laddr *TCPAddr) (*TCPListener, error) {
	return nil, noSocket()
}

func (sl *sysListener) listenUDP(ctx context.Context, laddr *UDPAddr) (*UDPConn, error) {
	return nil, noSocket()
}

func (sl *sysListener) listenMulticastUDP(ctx context.Context, ifi *Interface, gaddr *UDPAddr) (*UDPConn, error) {
	return nil, noSocket()
}

func (sl *sysListener) listenIP(ctx context.Context, laddr *IPAddr) (*IPConn, error) {
	return nil, noSocket()
}

func (sl *sysListener) listenUnix(ctx context.Context, laddr *UnixAddr) (*UnixListener, error) {
	return nil, noSocket()
}

func (sl *sysListener) listenUnixgram(ctx context.Context, laddr *UnixAddr) (*UnixConn, error) {
	return nil, noSocket()
}

// Files that are sockets: there are none.

func fileConn(f *os.File) (Conn, error) { return nil, noDup() }

func fileListener(f *os.File) (Listener, error) { return nil, noDup() }

func filePacketConn(f *os.File) (PacketConn, error) { return nil, noDup() }

//pgstd:add
func noDup() error { return os.NewSyscallError("dup", syscall.EPERM) }
