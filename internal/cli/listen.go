package cli

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// nextPorts is how many ports after the default one are tried.
const nextPorts = 9

// checkAddr returns an error if addr does not have the form host:port.
func checkAddr(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 0 || n > 65535 {
		return fmt.Errorf("-addr %q: use host:port with a port from 0 to 65535, such as %s", addr, defaultAddr)
	}
	return nil
}

// listen opens the address addr, which checkAddr must have accepted. localhost means both loopback addresses,
// as far as the machine has both. If the default port is busy, listen tries the next ones; if given is set, the
// user named the port, and a busy one is an error.
func listen(addr string, given bool) ([]net.Listener, error) {
	host, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, err
	}
	last := port
	if !given {
		last += nextPorts
	}
	for try := port; try <= last; try++ {
		listeners, err := listenPort(host, try)
		if err == nil {
			return listeners, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("cannot listen on %s: %w; choose another address with -addr host:port", addr, errors.Unwrap(err))
		}
	}
	if url := runningLab(host, port); url != "" && given {
		return nil, fmt.Errorf("port %d is busy: another sessionlab answers there at %s; use that one, or choose another port with -addr", port, url)
	}
	if given {
		return nil, fmt.Errorf("port %d is busy: stop the program that uses it, or choose another port with -addr", port)
	}
	return nil, fmt.Errorf("ports %d to %d are busy: choose another with -addr %s:PORT", port, last, host)
}

// listenPort opens one port, for localhost on both loopback addresses.
func listenPort(host string, port int) ([]net.Listener, error) {
	if host != "localhost" {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			return nil, err
		}
		return []net.Listener{l}, nil
	}
	first, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	port = first.Addr().(*net.TCPAddr).Port // if 0 was asked for, this is the port that the system chose
	second, err := net.Listen("tcp6", net.JoinHostPort("::1", strconv.Itoa(port)))
	switch {
	case err == nil:
		return []net.Listener{first, second}, nil
	case errors.Is(err, syscall.EADDRINUSE):
		first.Close()
		return nil, err
	}
	return []net.Listener{first}, nil // no IPv6 on this machine
}

// runningLab returns the URL of a sessionlab that answers at the port, or "".
func runningLab(host string, port int) string {
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	// This only asks for a name, so any certificate will do, even a self-signed one.
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	for _, scheme := range []string{"http", "https"} {
		url := scheme + "://" + net.JoinHostPort(host, strconv.Itoa(port)) + "/"
		response, err := client.Get(url + "healthz")
		if err != nil {
			continue
		}
		response.Body.Close()
		if response.Header.Get("Server") == "sessionlab" {
			return url
		}
	}
	return ""
}

// lanAddresses returns this machine's addresses that other machines can reach, IPv4 first.
func lanAddresses() []net.IP {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var ips []net.IP
	for _, addr := range addrs {
		if ip, ok := addr.(*net.IPNet); ok && ip.IP.IsGlobalUnicast() {
			ips = append(ips, ip.IP)
		}
	}
	slices.SortStableFunc(ips, func(a, b net.IP) int { return len(b.To4()) - len(a.To4()) }) // IPv4 first
	return ips
}
