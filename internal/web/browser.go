package web

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	browserNames = regexp.MustCompile(`(Edg|OPR|Firefox|Chrome|Version|curl)[A-Za-z]*/(\d+)`)
	systemNames  = regexp.MustCompile(`Windows|Android|iPhone|iPad|Mac OS X|CrOS|Linux`)
)

// Browser shortens a User-Agent to a name that people recognize, such as "Firefox 140 · Windows".
// Browsers mention each other's names, so the order of preference tells them apart.
func Browser(userAgent string) string {
	found := map[string]string{}
	for _, match := range browserNames.FindAllStringSubmatch(userAgent, -1) {
		found[match[1]] = match[2]
	}
	for _, known := range []struct{ token, name string }{
		{"Edg", "Edge"}, {"OPR", "Opera"}, {"Firefox", "Firefox"}, {"Chrome", "Chrome"}, {"Version", "Safari"}, {"curl", "curl"},
	} {
		version, ok := found[known.token]
		if !ok {
			continue
		}
		name := known.name + " " + version
		if system := systemNames.FindString(userAgent); system != "" {
			name += " · " + strings.Replace(system, "Mac OS X", "macOS", 1)
		}
		return name
	}
	if runes := []rune(userAgent); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return userAgent
}

// Seconds formats a duration for Retry-After: whole seconds, rounded up.
func Seconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}
