package config

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// Subnets shares a VPC's range out: a quarter of it each to two private subnets, a sixteenth each to two public ones. The default 10.10.0.0/16 gives
// 10.10.0.0/20 and 10.10.16.0/20 (public), 10.10.64.0/18 and 10.10.128.0/18 (private). The error says what is allowed.
func Subnets(cidr string) (public, private [2]string, err error) {
	prefix, parseErr := netip.ParsePrefix(cidr)
	allowed := errors.New("a private IPv4 range (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16) from /16 to /24 without host bits, for instance 10.10.0.0/16")
	if parseErr != nil || !prefix.Addr().Is4() || !prefix.Addr().IsPrivate() || prefix.Masked() != prefix || prefix.Bits() < 16 || prefix.Bits() > 24 {
		return public, private, allowed
	}
	for i := range 2 {
		public[i] = part(prefix, 4, i).String()
		private[i] = part(prefix, 2, i+1).String()
	}
	return public, private, nil
}

// part is the n-th of the 2^bits equal parts of a range.
func part(prefix netip.Prefix, bits, n int) netip.Prefix {
	address := prefix.Addr().As4()
	length := prefix.Bits() + bits
	base := binary.BigEndian.Uint32(address[:]) + uint32(n)<<(32-length) //nolint:gosec // n is below 2^bits
	binary.BigEndian.PutUint32(address[:], base)
	return netip.PrefixFrom(netip.AddrFrom4(address), length)
}
