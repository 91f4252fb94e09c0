package stdprobe

import (
	"context"
	"net"
	"net/netip"
	"os"
	"time"
)

const (
	host   = "example.org"
	target = "192.0.2.1:80"
)

func init() {
	ctx := context.Background()
	var (
		dialer   net.Dialer
		config   net.ListenConfig
		resolver = &net.Resolver{Dial: func(context.Context, string, string) (net.Conn, error) {
			client, _ := net.Pipe()
			return client, nil
		}}
		ifi = &net.Interface{Index: 1, Name: "lo"}
		ap  = netip.MustParseAddrPort(target)
	)
	add("net", map[string]func() any{
		"Dial":               func() any { return last(net.Dial("tcp", target)) },
		"DialIP":             func() any { return last(net.DialIP("ip4:1", nil, new(net.IPAddr))) },
		"DialTCP":            func() any { return last(net.DialTCP("tcp", nil, new(net.TCPAddr))) },
		"DialTimeout":        func() any { return last(net.DialTimeout("udp", target, time.Hour)) },
		"DialUDP":            func() any { return last(net.DialUDP("udp", nil, new(net.UDPAddr))) },
		"DialUnix":           func() any { return last(net.DialUnix("unix", nil, &net.UnixAddr{Name: "/dev/log", Net: "unix"})) },
		"Dialer.Dial":        func() any { return last(dialer.Dial("unix", "/dev/log")) },
		"Dialer.DialContext": func() any { return last(dialer.DialContext(ctx, "tcp", host+":80")) },
		"Dialer.DialIP":      func() any { return last(dialer.DialIP(ctx, "ip4:1", netip.Addr{}, ap.Addr())) },
		"Dialer.DialTCP":     func() any { return last(dialer.DialTCP(ctx, "tcp", netip.AddrPort{}, ap)) },
		"Dialer.DialUDP":     func() any { return last(dialer.DialUDP(ctx, "udp", netip.AddrPort{}, ap)) },
		"Dialer.DialUnix": func() any {
			return last(dialer.DialUnix(ctx, "unix", nil, &net.UnixAddr{Name: "/dev/log", Net: "unix"}))
		},

		"Listen":                    func() any { return last(net.Listen("tcp", "127.0.0.1:0")) },
		"ListenPacket":              func() any { return last(net.ListenPacket("udp", "127.0.0.1:0")) },
		"ListenConfig.Listen":       func() any { return last(config.Listen(ctx, "unix", other)) },
		"ListenConfig.ListenPacket": func() any { return last(config.ListenPacket(ctx, "ip4:1", "127.0.0.1")) },
		"ListenIP":                  func() any { return last(net.ListenIP("ip4:1", nil)) },
		"ListenMulticastUDP": func() any {
			return last(net.ListenMulticastUDP("udp", nil, &net.UDPAddr{IP: net.IPv4(224, 0, 0, 1)}))
		},
		"ListenTCP":      func() any { return last(net.ListenTCP("tcp", nil)) },
		"ListenUDP":      func() any { return last(net.ListenUDP("udp", nil)) },
		"ListenUnix":     func() any { return last(net.ListenUnix("unix", &net.UnixAddr{Name: other, Net: "unix"})) },
		"ListenUnixgram": func() any { return last(net.ListenUnixgram("unixgram", &net.UnixAddr{Name: other, Net: "unixgram"})) },

		"FileConn":       func() any { return last(net.FileConn(os.Stdin)) },
		"FileListener":   func() any { return last(net.FileListener(os.Stdin)) },
		"FilePacketConn": func() any { return last(net.FilePacketConn(os.Stdin)) },

		"Interface.Addrs":          func() any { return last(ifi.Addrs()) },
		"Interface.MulticastAddrs": func() any { return last(ifi.MulticastAddrs()) },
		"InterfaceAddrs":           func() any { return last(net.InterfaceAddrs()) },
		"InterfaceByIndex":         func() any { return last(net.InterfaceByIndex(1)) },
		"InterfaceByName":          func() any { return last(net.InterfaceByName("lo")) },
		"Interfaces":               func() any { return last(net.Interfaces()) },

		"LookupAddr":  func() any { return last(net.LookupAddr("192.0.2.1")) },
		"LookupCNAME": func() any { return last(net.LookupCNAME(host)) },
		"LookupHost":  func() any { return last(net.LookupHost(host)) },
		"LookupIP":    func() any { return last(net.LookupIP(host)) },
		"LookupMX":    func() any { return last(net.LookupMX(host)) },
		"LookupNS":    func() any { return last(net.LookupNS(host)) },
		"LookupSRV":   func() any { return failing(net.LookupSRV("xmpp", "tcp", host)) },
		"LookupTXT":   func() any { return last(net.LookupTXT(host)) },

		"Resolver.LookupAddr":   func() any { return last(resolver.LookupAddr(ctx, "192.0.2.1")) },
		"Resolver.LookupCNAME":  func() any { return last(resolver.LookupCNAME(ctx, host)) },
		"Resolver.LookupHost":   func() any { return last(resolver.LookupHost(ctx, host)) },
		"Resolver.LookupIP":     func() any { return last(resolver.LookupIP(ctx, "ip6", host)) },
		"Resolver.LookupIPAddr": func() any { return last(resolver.LookupIPAddr(ctx, host)) },
		"Resolver.LookupMX":     func() any { return last(resolver.LookupMX(ctx, host)) },
		"Resolver.LookupNS":     func() any { return last(resolver.LookupNS(ctx, host)) },
		"Resolver.LookupNetIP":  func() any { return last(resolver.LookupNetIP(ctx, "ip4", host)) },
		"Resolver.LookupSRV":    func() any { return failing(resolver.LookupSRV(ctx, "", "", host)) },
		"Resolver.LookupTXT":    func() any { return last(resolver.LookupTXT(ctx, host)) },

		"ResolveIPAddr":  func() any { return last(net.ResolveIPAddr("ip", host)) },
		"ResolveTCPAddr": func() any { return last(net.ResolveTCPAddr("tcp", host+":http")) },
		"ResolveUDPAddr": func() any { return last(net.ResolveUDPAddr("udp", host+":53")) },
	})
}
