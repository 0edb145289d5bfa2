package experiment

import (
	"net/http"
	"strings"
)

// notable are the headers of a request that tell where it comes from.
func notable(header http.Header) http.Header {
	notable := http.Header{}
	for name, values := range header {
		if name == "Origin" || name == "Referer" || strings.HasPrefix(name, "Sec-Fetch-") || name == "User-Agent" {
			notable[name] = []string{cut(values[0], maxNotable)}
		}
	}
	return notable
}

func cut(text string, most int) string { return text[:min(len(text), most)] }
