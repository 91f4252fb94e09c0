//go:build postgres && !pgstdtest

// Names cannot be looked up: that takes a network, also with a resolver that
// dials by itself. Literal addresses need none and work, as do the names of
// ports and protocols that the library knows by heart.
package net

import (
	"context"
	"net/netip"
	"syscall"
)

//pgstd:add
func noLookup(name string) error {
	return &DNSError{UnwrapErr: syscall.EPERM, Err: syscall.EPERM.Error(), Name: name}
}

func (r *Resolver) lookupIPAddr(ctx context.Context, network, host string) ([]IPAddr, error) {
	if host == "" {
		return nil, newDNSError(errNoSuchHost, host, "")
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		literal := ipAddrFromAddr(addr)
		literal.IP = literal.IP.To16()
		return []IPAddr{*literal}, nil
	}
	return nil, noLookup(host)
}

func (r *Resolver) lookupHost(ctx context.Context, host string) ([]string, error) {
	return nil, noLookup(host)
}

func (r *Resolver) lookupIP(ctx context.Context, network, host string) ([]IPAddr, error) {
	return nil, noLookup(host)
}

func (r *Resolver) lookupCNAME(ctx context.Context, name string) (string, error) {
	return "", noLookup(name)
}

func (r *Resolver) lookupSRV(ctx context.Context, service, proto, name string) (string, []*SRV, error) {
	return "", nil, noLookup(name)
}

func (r *Resolver) lookupMX(ctx context.Context, name string) ([]*MX, error) {
	return nil, noLookup(name)
}

func (r *Resolver) lookupNS(ctx context.Context, name string) ([]*NS, error) {
	return nil, noLookup(name)
}

func (r *Resolver) lookupTXT(ctx context.Context, name string) ([]string, error) {
	return nil, noLookup(name)
}

func (r *Resolver) lookupAddr(ctx context.Context, addr string) ([]string, error) {
	return nil, noLookup(addr)
}

func (r *Resolver) lookupPort(ctx context.Context, network, service string) (int, error) {
	return lookupPortMap(network, service)
}

func lookupProtocol(_ context.Context, name string) (int, error) { return lookupProtocolMap(name) }
