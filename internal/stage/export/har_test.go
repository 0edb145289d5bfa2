package export

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sessionlab/internal/stage/mask"
	"sessionlab/internal/stage/record"
	"sessionlab/internal/stage/stagetest"
)

// The fields of HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/). Required fields
// are pointers, so that a missing one is noticed.
type (
	specPair struct {
		Name, Value *string
		Comment     string
	}
	specCookie struct {
		Name, Value                              *string
		Path, Domain, Expires, SameSite, Comment string // SameSite is the browsers' own
		HTTPOnly, Secure                         bool
	}
	specHAR struct {
		Log *struct {
			Version *string
			Creator *struct {
				Name, Version *string
				Comment       string
			}
			Entries *[]specEntry
			Comment string
		}
	}
	specEntry struct {
		StartedDateTime *time.Time
		Time            *float64
		Request         *struct {
			Method, URL, HTTPVersion *string
			Cookies                  *[]specCookie
			Headers, QueryString     *[]specPair
			PostData                 *struct {
				MimeType, Text *string
				Params         *[]specPair
				Comment        string
			}
			HeadersSize, BodySize *int64
			Comment               string
		}
		Response *struct {
			Status                               *int
			StatusText, HTTPVersion, RedirectURL *string
			Cookies                              *[]specCookie
			Headers                              *[]specPair
			Content                              *struct {
				Size                    *int64
				MimeType                *string
				Text, Encoding, Comment string
			}
			HeadersSize, BodySize *int64
			Comment               string
		}
		Cache   *struct{ Comment string }
		Timings *struct {
			Send, Wait, Receive *float64
			Comment             string
		}
		Comment string
	}
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// readHAR writes exchanges as HAR and reads them according to the specification.
func readHAR(t testing.TB, exchanges ...*record.Exchange) []specEntry {
	t.Helper()
	var b bytes.Buffer
	if err := WriteHAR(&b, exchanges, "1.0"); err != nil {
		t.Fatal(err)
	}
	if missing := wanted(b.Bytes()); missing != "" {
		t.Errorf("a field is missing: %s", missing)
	}
	var har specHAR
	d := json.NewDecoder(&b)
	d.DisallowUnknownFields()
	if err := d.Decode(&har); err != nil {
		t.Fatal(err)
	}
	log := har.Log
	if *log.Version != "1.2" || *log.Creator.Name != "sessionlab" || *log.Creator.Version != "1.0" || len(*log.Entries) != len(exchanges) {
		t.Errorf("log %+v", log)
	}
	for _, e := range *log.Entries {
		if sum := *e.Timings.Send + *e.Timings.Wait + *e.Timings.Receive; sum != *e.Time {
			t.Errorf("the time is %v, and its parts make %v", *e.Time, sum)
		}
	}
	return *log.Entries
}

// wanted returns a required field that text lacks, or "".
func wanted(text []byte) string {
	fields := map[string][]string{
		"log": {"version", "creator", "entries"}, "creator": {"name", "version"},
		"entries":  {"startedDateTime", "time", "request", "response", "cache", "timings"},
		"request":  {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"},
		"response": {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize"},
		"cookies":  {"name", "value"}, "headers": {"name", "value"}, "queryString": {"name", "value"}, "params": {"name"},
		"postData": {"mimeType", "params", "text"}, "content": {"size", "mimeType"}, "timings": {"send", "wait", "receive"},
	}
	var missing string
	var look func(name string, value any)
	look = func(name string, value any) {
		switch value := value.(type) {
		case []any:
			for _, v := range value {
				look(name, v)
			}
		case map[string]any:
			for _, field := range fields[name] {
				if v, ok := value[field]; !ok || v == nil {
					missing = name + "." + field
				}
			}
			for field, v := range value {
				look(field, v)
			}
		}
	}
	var har any
	if err := json.Unmarshal(text, &har); err != nil {
		return err.Error()
	}
	look("", har)
	return missing
}

func TestHAR(t *testing.T) {
	e := login()
	e.Time, e.Duration = noon, 1500*time.Microsecond
	e.Request.Header = append(e.Request.Header, record.Field{Name: "X", Value: "caf\xe9"})
	e.Response = record.Response{Status: 302, Proto: "HTTP/1.1", Header: []record.Field{
		{Name: "Location", Value: "/"}, {Name: "Content-Type", Value: "image/png"},
		{Name: "Set-Cookie", Value: "sessionid=abc; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"}, {Name: "Set-Cookie", Value: "sessionid=; Max-Age=0"},
	}, Body: record.Body{Text: "\x89PNG", Size: 12<<10 + 4}}
	dropped := &record.Exchange{Time: noon, Scheme: "http", Host: "localhost", Dropped: true, Request: record.Request{Method: "OPTIONS", Target: "*", Proto: "HTTP/1.1"}}
	entries := readHAR(t, e, dropped)

	r, a := entries[0].Request, entries[0].Response
	pairs := func(all []specPair) (texts []string) {
		for _, p := range all {
			texts = append(texts, *p.Name+"="+*p.Value)
		}
		return texts
	}
	if *r.URL != "http://localhost:7377/login/?a=1" || !slices.Equal(pairs(*r.QueryString), []string{"a=1"}) || *entries[0].Time != 1.5 {
		t.Errorf("request %+v of %v ms", r, *entries[0].Time)
	}
	if got := pairs(*r.Headers); got[1] != "Content-Length=17" || got[4] != "X=café" {
		t.Errorf("headers %q", got)
	}
	if got := pairs(*r.PostData.Params); !slices.Equal(got, []string{"name=anna", "pwd=" + mask.Mark}) || *r.PostData.Text != e.Request.Body.Text {
		t.Errorf("form %q", got)
	}
	if !strings.Contains(entries[0].Comment, "masked") || entries[1].Comment != "dropped by the visitor while it was held" {
		t.Errorf("comments %q and %q", entries[0].Comment, entries[1].Comment)
	}
	if c := a.Content; c.Encoding != "base64" || c.Text != base64.StdEncoding.EncodeToString([]byte("\x89PNG")) || c.Comment != "12 KiB more" || *c.Size != 12<<10+4 {
		t.Errorf("content %+v", c)
	}
	set := (*a.Cookies)[0]
	if *set.Name != "sessionid" || *set.Value != "abc" || set.Path != "/" || !set.HTTPOnly || set.Secure || set.SameSite != "Lax" || set.Expires != "2026-11-26T12:01:00Z" {
		t.Errorf("cookie %+v", set)
	}
	if len(*a.Cookies) != 2 || *a.RedirectURL != "/" || *a.StatusText != "Found" {
		t.Errorf("response %+v", a)
	}
	if got := *entries[1].Request.URL; got != "http://localhost" || *entries[1].Response.Status != 0 {
		t.Errorf("the dropped one is %s, %+v", got, entries[1].Response)
	}
	readHAR(t)
}

// A stranger's text is unchanged in the archive, wherever it was.
func FuzzHAR(f *testing.F) {
	for _, text := range stagetest.HostileBytes(f) {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		form := "a=" + text
		e := &record.Exchange{
			Time: noon, Scheme: "http", Host: text, Held: &record.Request{},
			Request:  record.Request{Method: text, Target: text, Proto: "HTTP/1.1", Header: []record.Field{{Name: "Content-Type", Value: text}, {Name: "Cookie", Value: text}, {Name: name, Value: text}}, Body: record.Body{Text: form, Size: int64(len(form))}},
			Response: record.Response{Status: 200, Header: []record.Field{{Name: "Set-Cookie", Value: text}, {Name: name, Value: text}, {Name: "Location", Value: text}}, Body: record.Body{Text: text, Size: int64(len(text))}},
		}
		entry := readHAR(t, e)[0]
		want := harText(text)
		if !utf8.ValidString(text) && len([]rune(want)) != len(text) {
			t.Errorf("%q as Latin-1 is %q", text, want)
		}
		r, a := entry.Request, entry.Response
		if got := *(*r.Headers)[2].Value; got != want || *r.Method != want || *(*a.Headers)[1].Value != want || *a.RedirectURL != want {
			t.Errorf("%q became %q", text, got)
		}
		unpack := func(text, encoding string) string {
			if encoding == "base64" || strings.Contains(encoding, "in base64") {
				decoded, err := base64.StdEncoding.DecodeString(text)
				if err != nil {
					t.Fatal(err)
				}
				return string(decoded)
			}
			return text
		}
		if got := unpack(a.Content.Text, a.Content.Encoding); got != text {
			t.Errorf("the body %q became %q", text, got)
		}
		if got := unpack(*r.PostData.Text, r.PostData.Comment); got != form {
			t.Errorf("the form %q became %q", form, got)
		}
	})
}
