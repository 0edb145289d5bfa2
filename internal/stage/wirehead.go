package stage

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strings"

	"sessionlab/internal/stage/record"
)

// withoutInterim removes interim responses, such as 100 Continue, from the start.
func withoutInterim(b []byte) []byte {
	for bytes.HasPrefix(b, []byte("HTTP/1.1 1")) && !bytes.HasPrefix(b, []byte("HTTP/1.1 101")) {
		_, rest, ok := bytes.Cut(b, []byte("\r\n\r\n"))
		if !ok {
			break
		}
		b = rest
	}
	return b
}

// parseHead splits a head into its first line and its fields, as they were on the wire.
func parseHead(head []byte) (first string, fields []record.Field) {
	lines := strings.Split(strings.TrimSuffix(strings.TrimLeft(string(head), "\r\n"), "\r\n\r\n"), "\r\n")
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		fields = append(fields, record.Field{Name: name, Value: strings.Trim(value, " \t")})
	}
	return lines[0], fields
}

// sameHead reports whether a head is the one that net/http has read for r.
func sameHead(first string, fields []record.Field, r *http.Request) bool {
	if first != r.Method+" "+r.RequestURI+" "+r.Proto {
		return false
	}
	seen, header := http.Header{}, maps.Clone(r.Header)
	for _, f := range fields {
		seen.Add(f.Name, f.Value)
	}
	for _, name := range []string{"Host", "Content-Length", "Transfer-Encoding", "Trailer"} { // which net/http may remove
		delete(seen, name)
		delete(header, name)
	}
	if len(seen["Pragma"]) > 0 && seen["Cache-Control"] == nil {
		delete(header, "Cache-Control") // net/http has added it
	}
	return maps.EqualFunc(seen, header, slices.Equal)
}

// fieldsOf returns a header as fields, sorted by name.
func fieldsOf(h http.Header) (fields []record.Field) {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range h[name] {
			fields = append(fields, record.Field{Name: name, Value: value})
		}
	}
	return fields
}
