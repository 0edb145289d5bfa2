package record

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"sessionlab/cookie"
)

// The JSON of an exchange, as streams send it.
type (
	exchangeJSON struct {
		ID         uint64          `json:"id"`
		Time       time.Time       `json:"time"`
		Method     string          `json:"method"`
		URL        string          `json:"url"`
		Request    requestJSON     `json:"request"`
		Response   responseJSON    `json:"response"`
		Status     int             `json:"status"`
		Duration   float64         `json:"duration"` // milliseconds
		Statements []statementJSON `json:"statements"`
		Session    sessionsJSON    `json:"session"`
		Handler    *handlerJSON    `json:"handler"`
		Jar        jarJSON         `json:"jar"`
		Scheme     string          `json:"scheme"`
		Host       string          `json:"host"`
		Held       *requestJSON    `json:"held,omitempty"` // what the browser had sent, if it was edited
		Again      bool            `json:"again,omitempty"`
		Dropped    bool            `json:"dropped,omitempty"`
	}
	requestJSON struct {
		Method  string      `json:"method"`
		Target  string      `json:"target"`
		Proto   string      `json:"proto"`
		Headers [][2]string `json:"headers"`
		bodyJSON
	}
	responseJSON struct {
		Proto   string      `json:"proto"`
		Headers [][2]string `json:"headers"`
		bodyJSON
	}
	bodyJSON struct {
		Body     string `json:"body"`
		Encoding string `json:"encoding,omitempty"` // base64, for a body that is no text
		Size     int64  `json:"size"`               // of all of it, in bytes
		NotKept  string `json:"not_kept,omitempty"`
	}
	statementJSON struct {
		Engine   string    `json:"engine,omitempty"` // for an engine that uses no SQL
		Query    string    `json:"query"`
		Args     []string  `json:"args"`
		Changed  int64     `json:"changed"`
		Shared   int       `json:"shared,omitempty"`
		Start    time.Time `json:"start"`
		Duration float64   `json:"duration"` // milliseconds
		Error    string    `json:"error,omitempty"`
	}
	sessionsJSON struct {
		Before *sessionJSON `json:"before"`
		After  *sessionJSON `json:"after"`
	}
	sessionJSON struct {
		Engine  string          `json:"engine"`
		Key     string          `json:"session_key"`
		Raw     string          `json:"session_data"`
		Data    json.RawMessage `json:"data"`
		Text    string          `json:"data_text,omitempty"` // in place of data, if that is JSON for Python alone: NaN
		Expires time.Time       `json:"expires"`
	}
	handlerJSON struct {
		Name  string `json:"name"`
		File  string `json:"file"`
		Lines [2]int `json:"lines"`
	}
	jarJSON struct {
		Before []cookie.Cookie `json:"before"`
		After  []cookie.Cookie `json:"after"`
	}
)

// row has the fields of an exchange that a list shows.
type row struct {
	ID       uint64    `json:"id"`
	Time     time.Time `json:"time"`
	Method   string    `json:"method"`
	URL      string    `json:"url"`
	Status   int       `json:"status"`
	Duration float64   `json:"duration"` // milliseconds
	Again    bool      `json:"again,omitempty"`
	Dropped  bool      `json:"dropped,omitempty"`
	Behind   bool      `json:"behind,omitempty"`
}

// Row returns as JSON the fields of e that a list shows.
func (e *Exchange) Row() ([]byte, error) {
	return encode(row{e.ID, e.Time, e.Request.Method, e.URL(), e.Response.Status, Milliseconds(e.Duration), e.Again, e.Dropped, e.Behind()})
}

// JSON returns all of e. In texts that are not UTF-8, such as a header in Latin-1, bytes are lost, except in
// bodies.
func (e *Exchange) JSON() ([]byte, error) {
	j := exchangeJSON{
		ID: e.ID, Time: e.Time, Method: e.Request.Method, URL: e.URL(), Request: requestToJSON(e.Request), Status: e.Response.Status,
		Response: responseJSON{e.Response.Proto, headersToJSON(e.Response.Header), bodyToJSON(e.Response.Body)},
		Duration: Milliseconds(e.Duration), Statements: make([]statementJSON, len(e.Statements)),
		Session: sessionsJSON{sessionToJSON(e.Before), sessionToJSON(e.After)},
		Jar:     jarJSON{e.JarBefore, e.JarAfter}, Scheme: e.Scheme, Host: e.Host, Again: e.Again, Dropped: e.Dropped,
	}
	for i, st := range e.Statements {
		j.Statements[i] = statementJSON{st.Engine, st.Query, append([]string{}, st.Args...), st.Changed, st.Shared, st.Start, Milliseconds(st.Duration), st.Err}
	}
	if e.Handler != "" {
		j.Handler = &handlerJSON{e.Handler, e.Source.File, e.Source.Lines}
	}
	if e.Held != nil {
		held := requestToJSON(*e.Held)
		j.Held = &held
	}
	return encode(j)
}

// encode writes compact JSON on one line.
func encode(j any) ([]byte, error) {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false) // session data stays readable
	if err := out.Encode(j); err != nil {
		return nil, fmt.Errorf("an exchange as JSON: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func requestToJSON(r Request) requestJSON {
	return requestJSON{r.Method, r.Target, r.Proto, headersToJSON(r.Header), bodyToJSON(r.Body)}
}

func headersToJSON(header []Field) [][2]string {
	all := make([][2]string, len(header))
	for i, f := range header {
		all[i] = [2]string{f.Name, f.Value}
	}
	return all
}

func bodyToJSON(b Body) bodyJSON {
	if utf8.ValidString(b.Text) {
		return bodyJSON{b.Text, "", b.Size, b.Kept}
	}
	return bodyJSON{base64.StdEncoding.EncodeToString([]byte(b.Text)), "base64", b.Size, b.Kept}
}

func sessionToJSON(in *StoredSession) *sessionJSON {
	if in == nil {
		return nil
	}
	j := &sessionJSON{Engine: in.Engine, Key: in.Key, Raw: in.Raw, Data: json.RawMessage(in.Data), Expires: in.Expires}
	if in.Data != nil && !json.Valid(in.Data) {
		j.Data, j.Text = nil, string(in.Data)
	}
	return j
}

// Milliseconds returns a duration in milliseconds, rounded down to microseconds.
func Milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
