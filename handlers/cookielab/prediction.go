package cookielab

import (
	"strings"
	"time"
	"unicode/utf8"

	"sessionlab/cookie"
)

// prediction answers a question.
type prediction struct {
	Profile  string       `json:"profile"`
	Measured bool         `json:"measured"` // by the lab's tests; otherwise taken from documents
	Verdicts []verdict    `json:"verdicts"`
	Cookie   string       `json:"cookie"` // the header, or "" for none
	Sent     []sentCookie `json:"sent"`
}

// judgement holds a reason, its section in the draft, and its sentence. All are null if there is
// none; the section is also null if the draft has no such rule.
type judgement struct {
	Reason  *string `json:"reason"`
	Section *string `json:"section"`
	Text    *string `json:"text"`
}

// verdict says what becomes of a line.
type verdict struct {
	Line    string `json:"line"`
	Stored  bool   `json:"stored"`
	Deleted bool   `json:"deleted"` // it has already expired, and so has the cookie that it replaced
	Clamped bool   `json:"clamped"` // it expires sooner than the line says
	judgement
	Sentence string       `json:"sentence"` // what the line asks for, or why it is refused
	Cookie   *cookieFacts `json:"cookie"`   // null if it was refused
	Ignored  []ignored    `json:"ignored"`
}

// ignored is a part of a line that has no effect.
type ignored struct {
	Part string `json:"part"`
	judgement
}

type cookieFacts struct {
	Name        string     `json:"name"`
	Value       string     `json:"value"`
	Domain      string     `json:"domain"`
	HostOnly    bool       `json:"host_only"`
	Path        string     `json:"path"`
	Expires     *time.Time `json:"expires"` // null: when the browser's session ends
	Secure      bool       `json:"secure"`
	HTTPOnly    bool       `json:"http_only"`
	SameSite    string     `json:"same_site"` // Strict, Lax, None or Default
	Partitioned bool       `json:"partitioned"`
}

// sentCookie is a cookie in the jar and whether the request carries it.
type sentCookie struct {
	Name string `json:"name"`
	Sent bool   `json:"sent"`
	judgement
}

func newVerdict(line string, v cookie.Verdict, words func(cookie.Code) string) verdict {
	to := verdict{Line: line, Stored: v.Stored, Deleted: v.Deleted, Clamped: v.Clamped, judgement: judge(v.Reason, words), Ignored: []ignored{}}
	if v.Reason == "" {
		to.Cookie = factsOf(v.Cookie)
	}
	for _, a := range v.Line.Attributes {
		if a.Ignored != "" {
			to.Ignored = append(to.Ignored, ignored{Part: fromBytes(strings.Trim(a.Text, " \t")), judgement: judge(a.Ignored, words)})
		}
	}
	return to
}

func judge(code cookie.Code, words func(cookie.Code) string) judgement {
	return judgement{Reason: orNull(string(code)), Section: orNull(code.Section()), Text: orNull(words(code))}
}

func factsOf(c cookie.Cookie) *cookieFacts {
	facts := &cookieFacts{
		Name: fromBytes(c.Name), Value: fromBytes(c.Value), Domain: c.Domain, HostOnly: c.HostOnly, Path: fromBytes(c.Path),
		Secure: c.Secure, HTTPOnly: c.HTTPOnly, SameSite: orElse(string(c.SameSite), "Default"), Partitioned: c.Partitioned,
	}
	if c.Persistent() {
		facts.Expires = &c.Expires
	}
	return facts
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// toBytes returns the bytes of a line from a JSON string. Each character stands for one byte, but if
// any of them does not fit into a byte, the whole line is UTF-8.
func toBytes(line string) string {
	b := make([]byte, 0, len(line))
	for _, r := range line {
		if r > 0xff {
			return line
		}
		b = append(b, byte(r))
	}
	return string(b)
}

// fromBytes reverses toBytes.
func fromBytes(b string) string {
	if utf8.ValidString(b) && strings.ContainsFunc(b, func(r rune) bool { return r > 0xff }) {
		return b
	}
	runes := make([]rune, 0, len(b))
	for _, c := range []byte(b) {
		runes = append(runes, rune(c))
	}
	return string(runes)
}
