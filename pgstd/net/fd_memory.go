//go:build postgres && pgstdmemnet

package net

// Connections in memory.

func (fd *netFD) closeRead() error { return fd.fakeNetFD.closeRead() }

func (fd *netFD) closeWrite() error { return fd.fakeNetFD.closeWrite() }

// probe: the network in memory has both versions of IP.
func (p *ipStackCapabilities) probe() {
	p.ipv4Enabled, p.ipv6Enabled, p.ipv4MappedIPv6Enabled = true, true, true
}
