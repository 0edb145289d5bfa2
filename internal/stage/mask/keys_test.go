package mask

import (
	"fmt"
	"strings"
	"testing"

	"sessionlab/cookie"
	"sessionlab/internal/stage/record"
)

const (
	currentKey = "aaaaaaaaaabbbbbbbbbbcccccccccc11"
	otherKey   = "xyzxyzxyz0xyzxyzxyz0xyzxyzxyz022"
	signedKey  = "eyJyZXMiOjF9:1vN2Sq:dGhlIHNpZ25hdHVyZSBvZiBhIGNvb2tpZQ_dGhlIHNpZ25hdA"
)

// Wherever keys are, only the viewer's own stays whole.
func TestShown(t *testing.T) {
	request := func(header ...record.Field) record.Exchange {
		return record.Exchange{Request: record.Request{Method: "GET", Target: "/", Proto: "HTTP/1.1", Header: header}}
	}
	withCookie := func(name, key string) record.Exchange {
		return request(record.Field{Name: "Host", Value: "localhost"}, record.Field{Name: "cookie", Value: "a=1;" + name + "=" + key + " ; b=2"})
	}
	after := func(e record.Exchange, change func(e *record.Exchange)) record.Exchange {
		change(&e)
		return e
	}
	for _, tt := range []struct {
		name string
		e    record.Exchange
	}{
		{"Cookie", withCookie("sessionid", otherKey)},
		{"Cookie over TLS", withCookie("__Host-sessionid", otherKey)},
		{"Cookie, spaced out", withCookie(" sessionid ", "\t"+otherKey)},
		{"signed", withCookie("sessionid", signedKey)},
		{"twice", withCookie("sessionid", otherKey+"; sessionid="+currentKey)},
		{"before the edit", record.Exchange{Held: &record.Request{Header: []record.Field{{Name: "Cookie", Value: "sessionid=" + otherKey}}}}},
		{"Set-Cookie", record.Exchange{Response: record.Response{Header: []record.Field{{Name: "set-cookie", Value: "sessionid=" + otherKey + "; Path=/"}}}}},
		{"jars", record.Exchange{JarBefore: []cookie.Cookie{{Name: "sessionid", Value: otherKey}}, JarAfter: []cookie.Cookie{{Name: "sessionid", Value: otherKey}}}},
		{"sessions", record.Exchange{Before: &record.StoredSession{Key: otherKey, Raw: otherKey}, After: &record.StoredSession{Key: signedKey, Raw: signedKey}}},
		{"a statement", record.Exchange{Statements: []record.Statement{{Query: "DELETE", Args: []string{"1", "'" + otherKey + "'"}}}}},
		{"an operation", record.Exchange{Statements: []record.Statement{{Engine: "cache", Query: "LOAD", Args: []string{"'" + signedKey + "'"}}}}},
		{"session data", after(withCookie("sessionid", otherKey), func(e *record.Exchange) { e.After = &record.StoredSession{Data: []byte(`{"copy":"` + otherKey + `"}`)} })},
		{"addresses", after(withCookie("sessionid", signedKey), func(e *record.Exchange) {
			e.Request.Target = "/?key=" + strings.ReplaceAll(signedKey, ":", "%3A")
			e.Response.Header = []record.Field{{Name: "Location", Value: e.Request.Target}}
		})},
		{"bodies", after(withCookie("sessionid", otherKey), func(e *record.Exchange) {
			e.Request.Body = record.Body{Text: "a=" + otherKey, Size: 34}
			e.Response.Body = record.Body{Text: otherKey + otherKey, Size: 64}
		})},
		{"a body that was cut", after(withCookie("sessionid", otherKey), func(e *record.Exchange) {
			e.Response.Body = record.Body{Text: "key: " + otherKey[:31], Size: 100}
		})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all := func(e *record.Exchange) string {
				return fmt.Sprintf("%+v %+v %s %+v %s", e, e.Held, sessionText(e.Before), e.After, sessionText(e.After))
			}
			was := all(&tt.e)
			got := Keys(&tt.e, currentKey)
			text := all(got)
			if strings.Contains(text, otherKey[:20]) || strings.Contains(text, signedKey[len(signedKey)-43:]) || !strings.Contains(text, Mark) && tt.name != "session data" || !got.Hidden {
				t.Errorf("shown is %s", text)
			}
			if strings.Contains(was, currentKey) != strings.Contains(text, currentKey) {
				t.Errorf("the viewer's own key is missing in %s", text)
			}
			if all(&tt.e) != was {
				t.Error("the original has changed")
			}
			if before, now := tt.e.Response.Body.Cut(), got.Response.Body.Cut(); now != before {
				t.Errorf("%d bytes were cut, and %d are said", before, now)
			}
		})
	}
	e := withCookie("sessionid", currentKey)
	if Keys(&e, currentKey) != &e {
		t.Error("an exchange of one's own was copied")
	}
}

func sessionText(in *record.StoredSession) string {
	if in == nil {
		return ""
	}
	return in.Key + " " + in.Raw + " " + string(in.Data)
}

// A key that was shortened in a held request goes on whole.
func TestUnmaskKeys(t *testing.T) {
	original := record.Request{Method: "GET", Target: "/", Header: []record.Field{{Name: "Cookie", Value: "sessionid=" + otherKey + "; sessionid=" + currentKey}, {Name: "X", Value: "1"}}}
	shown := RequestKeys(original, currentKey)
	shown.Header[1].Value = shortened(otherKey)
	Restore(&shown, original)
	if got, want := fmt.Sprint(shown.Header), fmt.Sprint([]record.Field{original.Header[0], {Name: "X", Value: shortened(otherKey)}}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
