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

// Hosts are the names that the lab answers to.
type Hosts struct{ names map[string]bool }

// newHosts knows the machine's own name, with and without .local, and the names that the user gave.
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

// Names returns the machine's names beyond those of every machine, sorted.
func (h *Hosts) Names() []string { return slices.Sorted(maps.Keys(h.names)) }

// Knows reports whether a Host header names this lab.
func (h *Hosts) Knows(hostport string) bool {
	if _, port, err := net.SplitHostPort(hostport); err == nil && port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false // redirects have the port, too: it must not go on as another name
		}
	}
	host := Hostname(hostport)
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || h.names[host]
}

// Hostname returns the name in a Host header, in lower case, without port and without the dot of a
// fully qualified name.
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

// WithPort returns a Host header of a host and a port, "" for the scheme's own.
func WithPort(host, port string) string {
	if port == "" && strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	if port == "" {
		return host
	}
	return net.JoinHostPort(host, port)
}

// IsLocal reports whether a host names the browser's own machine by its very name.
func IsLocal(host string) bool {
	host = Hostname(host)
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return addr.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
