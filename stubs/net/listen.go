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
	addrs, err := DefaultResolver.resolveAddrList(ctx, "listen", network, address, nil)
	if err != nil {
		return &OpError{Op: "listen", Net: network, Err: err}
	}
	return &OpError{Op: "listen", Net: network, Addr: addrs.first(isIPv4), Err: noSocket()}
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
