package web

import (
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Hosts holds the names that the lab answers to.
type Hosts struct{ names map[string]bool }

// newHosts collects the machine's own name, with and without .local, and the names that the user
// gave.
func newHosts(given []string) *Hosts {
	names := map[string]bool{}
	if own, err := os.Hostname(); err == nil && own != "" {
		own = strings.TrimSuffix(strings.ToLower(own), ".local")
		names[own], names[own+".local"] = true, true
	}
	for _, name := range given {
		names[Hostname(name)] = true
	}
	return &Hosts{names}
}

// Names returns the machine's names, sorted, without those that every machine has.
func (h *Hosts) Names() []string { return slices.Sorted(maps.Keys(h.names)) }

// Knows reports whether a Host header names this lab.
func (h *Hosts) Knows(hostport string) bool {
	if _, port, err := net.SplitHostPort(hostport); err == nil && port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false // redirects repeat the port, so it must not turn the address into another one
		}
	}
	host := Hostname(hostport)
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || h.names[host]
}

// Hostname returns the name in a Host header: in lower case, without the port and without the final
// dot of a fully qualified name.
func Hostname(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// SplitHost returns the host and the port of a Host header; the port is "" if it has none.
func SplitHost(hostport string) (host, port string) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return hostport, ""
	}
	return host, port
}

// WithPort returns a Host header for host and port; the port "" means the scheme's default.
func WithPort(host, port string) string {
	if port == "" && strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	if port == "" {
		return host
	}
	return net.JoinHostPort(host, port)
}

// IsLocal reports whether a host's name alone says that it is the browser's own machine.
func IsLocal(host string) bool {
	host = Hostname(host)
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return addr.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
