package cookie

import (
	"strings"
	"testing"
)

// TestParse takes lines apart (5.6). Attributes are written name=value, and after a
// "!" the code of those that are ignored.
func TestParse(t *testing.T) {
	long := strings.Repeat("x", MaxNameValue)
	for _, test := range []struct {
		section, line, name, value, attributes string
		reason                                 Code
	}{
		{section: "5.6 step 2", line: "a=b", name: "a", value: "b"},
		{section: "5.6 step 3", line: "b", value: "b"},
		{section: "5.6 step 3", line: "=b", value: "b"},
		{section: "5.6 step 3", line: "a=b=c", name: "a", value: "b=c"},
		{section: "5.6 step 4", line: " \ta b\t=\t c d ", name: "a b", value: "c d"},
		{section: "5.6 step 4", line: "\u00a0a=b", name: "\u00a0a", value: "b"},
		{section: "5.6 step 1", line: "a=\x00", name: "a", value: "\x00", reason: ReasonDisallowedCharacter},
		{section: "5.6 step 1", line: "a=b\r\nX: y", name: "a", value: "b\r\nX: y", reason: ReasonDisallowedCharacter},
		{section: "5.6 step 1", line: "a=b; Path=/\x7f", name: "a", value: "b", attributes: "Path=/\x7f", reason: ReasonDisallowedCharacter},
		{section: "5.6 step 1", line: "a=b\tc", name: "a", value: "b\tc"},
		{section: "5.6 step 5", line: "a=" + long[1:], name: "a", value: long[1:]},
		{section: "5.6 step 5", line: "a=" + long, name: "a", value: long, reason: ReasonNameValuePairExceedsMaxSize},
		{section: "5.7 step 2", line: "", reason: ReasonNoCookieContent},
		{section: "5.7 step 2", line: " = ; Path=/", attributes: "Path=/", reason: ReasonNoCookieContent},
		{section: "5.6 attributes", line: "a=b; PATH = /x ;secure", name: "a", value: "b", attributes: "PATH=/x|secure="},
		{section: "5.6 attributes", line: "a=b;;x=y; Foo", name: "a", value: "b", attributes: "=!EmptyAttribute|x=y!UnknownAttribute|Foo=!UnknownAttribute"},
		{section: "5.6 attributes", line: "a=b; Path=/" + long[:MaxAttribute], name: "a", value: "b", attributes: "Path=/" + long[:MaxAttribute] + "!AttributeValueExceedsMaxSize"},
		{section: "5.6.1", line: "a=b; Expires=x; Expires=9 Jun 2027 1:2:3", name: "a", value: "b", attributes: "Expires=x!InvalidExpires|Expires=9 Jun 2027 1:2:3"},
		{section: "5.6.1", line: "a=b; Expires=9 Jun 2027 1:2:3; Expires=x", name: "a", value: "b", attributes: "Expires=9 Jun 2027 1:2:3|Expires=x!InvalidExpires"},
		{section: "5.6.2", line: "a=b; Max-Age=1x; Max-Age=-; Max-Age=; Max-Age=+1; Max-Age=-1", name: "a", value: "b",
			attributes: "Max-Age=1x!InvalidMaxAge|Max-Age=-!InvalidMaxAge|Max-Age=!InvalidMaxAge|Max-Age=+1!InvalidMaxAge|Max-Age=-1"},
		{section: "5.7 step 6", line: "a=b; Max-Age=1; Expires=9 Jun 2027 1:2:3", name: "a", value: "b", attributes: "Max-Age=1|Expires=9 Jun 2027 1:2:3!ExpiresOverridden"},
		{section: "5.6.3", line: "a=b; Domain=x; Domain=", name: "a", value: "b", attributes: "Domain=x!Overridden|Domain="},
		{section: "5.6.4", line: "a=b; Path=/x; Path=y", name: "a", value: "b", attributes: "Path=/x!Overridden|Path=y!InvalidPath"},
		{section: "5.6.5", line: "a=b; Secure=no; HTTPONLY=x", name: "a", value: "b", attributes: "Secure=no|HTTPONLY=x"},
		{section: "5.6.7", line: "a=b; SameSite=Strict; SameSite=x", name: "a", value: "b", attributes: "SameSite=Strict!Overridden|SameSite=x!InvalidSameSite"},
		{section: "5.6.7", line: "a=b; samesite=NONE", name: "a", value: "b", attributes: "samesite=NONE"},
		{section: "the case of ASCII alone", line: "a=b; \u017fecure", name: "a", value: "b", attributes: "\u017fecure=!UnknownAttribute"},
	} {
		got := Parse(test.line)
		var attributes []string
		for _, a := range got.Attributes {
			text := a.Name + "=" + a.Value
			if a.Ignored != "" {
				text += "!" + string(a.Ignored)
			}
			attributes = append(attributes, text)
		}
		if got.Name != test.name || got.Value != test.value || got.Reason != test.reason || strings.Join(attributes, "|") != test.attributes {
			t.Errorf("%s: %.60q is %.60q %.60q %.200q %s", test.section, test.line, got.Name, got.Value, attributes, got.Reason)
		}
	}
	if got := Parse("a=b;  Max-Age = 5 ").Attributes[0].Text; got != "  Max-Age = 5 " {
		t.Errorf("an attribute's own text is %q", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a=b", "=b", "a", ";", "a=b; Path=/; Max-Age=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT; Domain=x; Secure; HttpOnly; SameSite=Lax; Partitioned", "__Host-a=b; Secure; Path=/", "a=\xff; Domain=\xff", "a=b; Domain=中国.localhost", "a\tb=c"} {
		f.Add(seed, "http://x.lab.localhost/a/b")
	}
	f.Add("a=b; Domain=1", "http://127.0.0.1/")
	f.Add("a=b; Domain=[::1]", "http://[::1]:80/")
	f.Fuzz(func(t *testing.T, line, address string) {
		from := fuzzAddress(address)
		for _, profile := range Profiles() {
			clock := newClock()
			jar := NewJar(profile, clock.now)
			v := jar.Set(from, line, Request{})
			if v.Stored == (v.Reason != "") && !v.Deleted {
				t.Fatalf("%s: stored %t for %q", profile.Name, v.Stored, v.Reason)
			}
			kept := jar.All()
			if len(kept) > 0 != v.Stored {
				t.Fatalf("%s: stored %t, and the jar has %d", profile.Name, v.Stored, len(kept))
			}
			for _, c := range kept {
				checkKept(t, profile, c)
			}
			if header, _ := jar.Header(from, Request{}); strings.ContainsFunc(header, isControl) {
				t.Fatalf("%s: the header is %q", profile.Name, header)
			}
		}
	})
}

// checkKept checks what is true of every cookie that a browser keeps: setting it again
// does not change it.
func checkKept(t *testing.T, profile Profile, c Cookie) {
	t.Helper()
	switch size := len(c.Name) + len(c.Value); {
	case size == 0 || size > MaxNameValue:
		t.Fatalf("%s: %d bytes", profile.Name, size)
	case !strings.HasPrefix(c.Path, "/") || len(c.Path) > MaxAttribute && c.Path != DefaultPath(c.Path+"/"):
		t.Fatalf("%s: path %q", profile.Name, c.Path)
	case c.Persistent() && c.Expires.After(newClock().at.Add(MaxLife)):
		t.Fatalf("%s: expires %v", profile.Name, c.Expires)
	}
	again := Parse(c.Name + "=" + c.Value)
	if again.Reason != "" || again.Name != c.Name || again.Value != c.Value {
		t.Fatalf("%s: %q=%q was %q=%q, %s", profile.Name, c.Name, c.Value, again.Name, again.Value, again.Reason)
	}
}
