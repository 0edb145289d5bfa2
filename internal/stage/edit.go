package stage

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sessionlab/internal/stage/mask"
	"sessionlab/internal/stage/record"
)

// readBody reads a short body of a request that is held, so that it can be shown and edited.
func (rec *recording) readBody(r *http.Request) record.Body {
	if r.ContentLength <= 0 || r.ContentLength > record.MaxBody {
		return record.Body{}
	}
	text, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(text), failing{err}))
	return rec.asked.body()
}

// failing is an empty reader that ends with an error, or without one if err is nil.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

// edit turns r into the edited request. What could not be shown stays as it came.
func (rec *recording) edit(r *http.Request, shown record.Request, edited *record.Request) {
	if apply(edited, r) != nil {
		return // impossible: ParseHead has read it
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	shown.Header = slices.Clone(shown.Header) // its page may still read it
	rec.exchange.Held = &shown
	rec.exchange.Host = r.Host
	rec.exchange.Request = *edited
	if unix(edited.Body.Text) == unix(shown.Body.Text) {
		return
	}
	text := edited.Body.Text
	if rec.asked != nil {
		text = mask.RestoreForm(text, rec.asked.body().Text)
	}
	rec.asked = &capture{}
	rec.asked.add([]byte(text))
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	length := strconv.FormatInt(r.ContentLength, 10)
	r.Header.Set("Content-Length", length)
	for i, f := range edited.Header {
		if strings.EqualFold(f.Name, "Content-Length") {
			edited.Header[i].Value = length
		}
	}
}

// unix returns a text with plain line feeds: a browser makes CRLFs of those in a form's field.
func unix(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
