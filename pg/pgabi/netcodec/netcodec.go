// Package netcodec passes SQL's inet and cidr, in their text form, as the
// addresses and networks of net/netip.
package netcodec

import (
	"net/netip"

	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// GetPrefix returns an address with the length of its network.
func GetPrefix(s *codec.Slot) (netip.Prefix, error) {
	text := string(codec.Payload(s))
	if p, err := netip.ParsePrefix(text); err == nil {
		return p, nil
	}
	// inet leaves the length out if it is the whole address.
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, &codec.Error{Code: "22P02", Message: err.Error()}
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// PutPrefix makes s an address with the length of its network.
func PutPrefix(o *codec.Out, s *codec.Slot, v netip.Prefix) error {
	if !v.IsValid() {
		return &codec.Error{Code: "22023", Message: "netip.Prefix is not valid: it is the zero value"}
	}
	return codec.PutText(o, s, v.String())
}

// GetAddr returns an address that stands alone.
func GetAddr(s *codec.Slot) (netip.Addr, error) {
	p, err := GetPrefix(s)
	if err == nil && p.Bits() != p.Addr().BitLen() {
		err = &codec.Error{
			Code: "22023", Message: "inet " + p.String() + " has a network, which a netip.Addr cannot have",
			Hint: "Use netip.Prefix.",
		}
	}
	return p.Addr(), err
}

// PutAddr makes s an address.
func PutAddr(o *codec.Out, s *codec.Slot, v netip.Addr) error {
	if !v.IsValid() {
		return &codec.Error{Code: "22023", Message: "netip.Addr is not valid: it is the zero value"}
	}
	if v.Zone() != "" {
		return &codec.Error{Code: "22023", Message: "netip.Addr " + v.String() + " has a zone, which inet cannot have"}
	}
	return codec.PutText(o, s, v.String())
}
