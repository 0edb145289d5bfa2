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
	Measured bool         `json:"measured"` // by the tests of the lab; or else from documents
	Verdicts []verdict    `json:"verdicts"`
	Cookie   string       `json:"cookie"` // the header, "" for none
	Sent     []sentCookie `json:"sent"`
}

// judgement is a reason, where the draft has it, and in words. All are null if
// there is none; the section also where the draft has no such rule.
type judgement struct {
	Reason  *string `json:"reason"`
	Section *string `json:"section"`
	Text    *string `json:"text"`
}

// verdict is what becomes of a line.
type verdict struct {
	Line    string `json:"line"`
	Stored  bool   `json:"stored"`
	Deleted bool   `json:"deleted"` // its time is over already, and so is that of the cookie it took the place of
	Clamped bool   `json:"clamped"` // it ends sooner than the line says
	judgement
	Sentence string       `json:"sentence"` // what the line asks for, or why it is refused
	Cookie   *cookieFacts `json:"cookie"`   // null if it was refused
	Ignored  []ignored    `json:"ignored"`
}

// ignored is a part of a line that counts for nothing.
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
	Expires     *time.Time `json:"expires"` // null: with the browser's session
	Secure      bool       `json:"secure"`
	HTTPOnly    bool       `json:"http_only"`
	SameSite    string     `json:"same_site"` // Strict, Lax, None or Default
	Partitioned bool       `json:"partitioned"`
}

// sentCookie is a cookie of the jar and whether the request carries it.
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

// toBytes makes the bytes of a line that is a JSON string: a character is a byte,
// or, if there are others than bytes among them, all is UTF-8.
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

// fromBytes is the way back.
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
