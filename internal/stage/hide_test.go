package stage

import (
	"fmt"
	"strings"
	"testing"

	"sessionlab/cookie"
)

const (
	currentKey = "aaaaaaaaaabbbbbbbbbbcccccccccc11"
	otherKey   = "xyzxyzxyz0xyzxyzxyz0xyzxyzxyz022"
	signedKey  = "eyJyZXMiOjF9:1vN2Sq:dGhlIHNpZ25hdHVyZSBvZiBhIGNvb2tpZQ_dGhlIHNpZ25hdA"
)

// Wherever a key stands, only the viewer's own is whole.
func TestShown(t *testing.T) {
	request := func(header ...Field) Exchange {
		return Exchange{Request: Request{Method: "GET", Target: "/", Proto: "HTTP/1.1", Header: header}}
	}
	withCookie := func(name, key string) Exchange {
		return request(Field{"Host", "localhost"}, Field{"cookie", "a=1;" + name + "=" + key + " ; b=2"})
	}
	after := func(e Exchange, change func(e *Exchange)) Exchange {
		change(&e)
		return e
	}
	for _, tt := range []struct {
		name string
		e    Exchange
	}{
		{"Cookie", withCookie("sessionid", otherKey)},
		{"Cookie over TLS", withCookie("__Host-sessionid", otherKey)},
		{"Cookie, spaced out", withCookie(" sessionid ", "\t"+otherKey)},
		{"signed", withCookie("sessionid", signedKey)},
		{"twice", withCookie("sessionid", otherKey+"; sessionid="+currentKey)},
		{"before the edit", Exchange{Held: &Request{Header: []Field{{"Cookie", "sessionid=" + otherKey}}}}},
		{"Set-Cookie", Exchange{Response: Response{Header: []Field{{"set-cookie", "sessionid=" + otherKey + "; Path=/"}}}}},
		{"jars", Exchange{JarBefore: []cookie.Cookie{{Name: "sessionid", Value: otherKey}}, JarAfter: []cookie.Cookie{{Name: "sessionid", Value: otherKey}}}},
		{"sessions", Exchange{Before: &Session{Key: otherKey, Raw: otherKey}, After: &Session{Key: signedKey, Raw: signedKey}}},
		{"a statement", Exchange{Statements: []Statement{{Query: "DELETE", Args: []string{"1", "'" + otherKey + "'"}}}}},
		{"an operation", Exchange{Statements: []Statement{{Engine: "cache", Query: "LOAD", Args: []string{"'" + signedKey + "'"}}}}},
		{"session data", after(withCookie("sessionid", otherKey), func(e *Exchange) { e.After = &Session{Data: []byte(`{"copy":"` + otherKey + `"}`)} })},
		{"addresses", after(withCookie("sessionid", signedKey), func(e *Exchange) {
			e.Request.Target = "/?key=" + strings.ReplaceAll(signedKey, ":", "%3A")
			e.Response.Header = []Field{{"Location", e.Request.Target}}
		})},
		{"bodies", after(withCookie("sessionid", otherKey), func(e *Exchange) {
			e.Request.Body = Body{Text: "a=" + otherKey, Size: 34}
			e.Response.Body = Body{Text: otherKey + otherKey, Size: 64}
		})},
		{"a body that was cut", after(withCookie("sessionid", otherKey), func(e *Exchange) {
			e.Response.Body = Body{Text: "key: " + otherKey[:31], Size: 100}
		})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all := func(e *Exchange) string {
				return fmt.Sprintf("%+v %+v %s %+v %s", e, e.Held, e.Before.text(), e.After, e.After.text())
			}
			was := all(&tt.e)
			got := tt.e.Shown(currentKey)
			text := all(got)
			if strings.Contains(text, otherKey[:20]) || strings.Contains(text, signedKey[len(signedKey)-43:]) || !strings.Contains(text, mask) && tt.name != "session data" || !got.Hidden {
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
	if e.Shown(currentKey) != &e {
		t.Error("an exchange of one's own was copied")
	}
}

func (in *Session) text() string {
	if in == nil {
		return ""
	}
	return in.Key + " " + in.Raw + " " + string(in.Data)
}

// A key that is shown shortened in a held request goes on whole.
func TestUnmaskKeys(t *testing.T) {
	original := Request{Method: "GET", Target: "/", Header: []Field{{"Cookie", "sessionid=" + otherKey + "; sessionid=" + currentKey}, {"X", "1"}}}
	shown := newHider(original.keys(), currentKey).request(original)
	shown.Header[1].Value = shortened(otherKey)
	shown.unmask(original)
	if got, want := fmt.Sprint(shown.Header), fmt.Sprint([]Field{original.Header[0], {"X", shortened(otherKey)}}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
