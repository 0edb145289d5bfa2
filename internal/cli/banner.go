package cli

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// announce prints where the lab is, and opens it in the browser of a person at the terminal.
func announce(o options, p process, listeners []net.Listener) {
	url := labURL(listeners[0], o)
	printBanner(p.out, url, o, listeners)
	if o.open && atTerminal(p) {
		openBrowser(url)
	}
}

// labURL returns the URL at which a person on this machine finds the lab.
func labURL(l net.Listener, o options) string {
	scheme := "http"
	if o.selfSigned || o.tlsCert != "" {
		scheme = "https"
	}
	host, _, _ := net.SplitHostPort(o.addr)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	port := l.Addr().(*net.TCPAddr).Port
	return scheme + "://" + net.JoinHostPort(host, strconv.Itoa(port)) + "/"
}

// printBanner prints where the lab is, and warns if other machines can open it.
func printBanner(w io.Writer, url string, o options, listeners []net.Listener) {
	data := o.db
	if absolute, err := filepath.Abs(data); err == nil && data != ":memory:" {
		data = absolute
	}
	fmt.Fprintf(w, "sessionlab is running\n\n  open    %s\n  data    %s\n  engine  %s\n  stop    Ctrl-C\n\n", url, data, describeEngine(o))
	if listeners[0].Addr().(*net.TCPAddr).IP.IsLoopback() {
		return
	}
	fmt.Fprintln(w, "Warning: everyone on this network can open the lab at:")
	port := listeners[0].Addr().(*net.TCPAddr).Port
	scheme, _, _ := strings.Cut(url, ":")
	if own := listeners[0].Addr().(*net.TCPAddr).IP; !own.IsUnspecified() {
		fmt.Fprintf(w, "  %s://%s/\n\n", scheme, net.JoinHostPort(own.String(), strconv.Itoa(port)))
		return
	}
	for _, ip := range lanAddresses() {
		fmt.Fprintf(w, "  %s://%s/\n", scheme, net.JoinHostPort(ip.String(), strconv.Itoa(port)))
	}
	fmt.Fprintln(w)
}

// openBrowser asks the desktop to show url. If there is no desktop, nothing happens: the banner has named
// the URL.
func openBrowser(url string) {
	var command *exec.Cmd
	switch runtime.GOOS {
	case "windows":
		command = exec.Command("rundll32", "url.dll,FileProtocolHandler", url)
	case "darwin":
		command = exec.Command("open", url)
	default:
		command = exec.Command("xdg-open", url)
	}
	if command.Start() == nil {
		go command.Wait()
	}
}

// atTerminal reports whether a person uses this terminal on this machine. Otherwise the browser would open for a
// script or on the wrong machine.
func atTerminal(p process) bool {
	if p.getenv("SSH_CONNECTION") != "" || p.getenv("SSH_TTY") != "" || p.getenv("CI") != "" {
		return false
	}
	for _, stream := range []any{p.in, p.out} {
		file, ok := stream.(*os.File)
		if !ok || !term.IsTerminal(int(file.Fd())) {
			return false
		}
	}
	return true
}
