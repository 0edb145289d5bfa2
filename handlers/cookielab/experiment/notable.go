package experiment

import (
	"net/http"
	"strings"
)

// notable returns those headers of a request that say where it comes from.
func notable(header http.Header) http.Header {
	notable := http.Header{}
	for name, values := range header {
		if name == "Origin" || name == "Referer" || strings.HasPrefix(name, "Sec-Fetch-") || name == "User-Agent" {
			notable[name] = []string{cut(values[0], maxNotable)}
		}
	}
	return notable
}

// cut returns the first bytes of a text.
func cut(text string, most int) string { return text[:min(len(text), most)] }
