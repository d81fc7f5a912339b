// Package net stands in for the net package, which is not part of the TinyGo
// module. TinyGo must have one to start at all, and crypto/x509 (which
// golang-jwt imports, and which is never asked to look at an address here)
// names these types. Addresses are parsed by net/netip; there are no sockets.
package net

import "net/netip"

// Lengths of addresses in bytes.
const (
	IPv4len = 4
	IPv6len = 16
)

// IP is an address of 4 or 16 bytes.
type IP []byte

// IPMask is a mask over an IP.
type IPMask []byte

// IPNet is a network.
type IPNet struct {
	IP   IP
	Mask IPMask
}

// ParseIP parses an address, and returns nil for what is not one.
func ParseIP(s string) IP {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return nil
	}
	b := a.As16()
	return b[:]
}

// To4 returns the 4-byte form of an IPv4 address, else nil.
func (ip IP) To4() IP {
	if len(ip) == IPv4len {
		return ip
	}
	if a, ok := netip.AddrFromSlice(ip); ok && a.Is4In6() {
		return ip[12:16]
	}
	return nil
}

// Equal reports whether both are the same address.
func (ip IP) Equal(x IP) bool {
	a, ok := netip.AddrFromSlice(ip)
	b, ok2 := netip.AddrFromSlice(x)
	return ok == ok2 && a.Unmap() == b.Unmap()
}

// String returns the usual form of the address.
func (ip IP) String() string {
	if len(ip) == 0 {
		return "<nil>"
	}
	a, ok := netip.AddrFromSlice(ip)
	if !ok {
		return "?"
	}
	return a.Unmap().String()
}

// Mask returns the address with the host's bits cleared.
func (ip IP) Mask(mask IPMask) IP {
	if len(mask) == IPv4len && len(ip) == IPv6len {
		ip = ip.To4()
	}
	if len(ip) != len(mask) {
		return nil
	}
	out := make(IP, len(ip))
	for i := range ip {
		out[i] = ip[i] & mask[i]
	}
	return out
}

// Size returns the number of leading ones and of bits, zeros if it is no prefix.
func (m IPMask) Size() (ones, bits int) {
	bits = 8 * len(m)
	for ones < bits && m[ones/8]&(0x80>>(ones%8)) != 0 {
		ones++
	}
	for i := ones; i < bits; i++ {
		if m[i/8]&(0x80>>(i%8)) != 0 {
			return 0, 0
		}
	}
	return ones, bits
}

// Contains reports whether the network has the address.
func (n *IPNet) Contains(ip IP) bool {
	a, b := n.IP.Mask(n.Mask), ip.Mask(n.Mask)
	return a != nil && b != nil && a.Equal(b)
}

// String returns the network in CIDR form.
func (n *IPNet) String() string {
	ones, _ := n.Mask.Size()
	return netip.PrefixFrom(addr(n.IP), ones).String()
}

func addr(ip IP) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a.Unmap()
}

// SplitHostPort splits "host:port" and "[host]:port".
func SplitHostPort(s string) (host, port string, err error) {
	i := len(s) - 1
	for i >= 0 && s[i] != ':' {
		i--
	}
	if i < 0 {
		return "", "", &AddrError{"missing port in address", s}
	}
	host, port = s[:i], s[i+1:]
	if len(host) >= 2 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1], port, nil
	}
	for _, c := range []byte(host) {
		if c == ':' || c == '[' || c == ']' {
			return "", "", &AddrError{"malformed address", s}
		}
	}
	return host, port, nil
}

// AddrError is what SplitHostPort returns.
type AddrError struct{ Err, Addr string }

func (e *AddrError) Error() string { return "address " + e.Addr + ": " + e.Err }
