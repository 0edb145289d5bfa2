package cookie

import (
	"testing"
	"time"
)

// TestStore covers section 5.7: what is kept of a line, and why nothing is. Here kept is the
// cookie's text, its domain (after a dot if hosts below it get the cookie, too) and its
// path.
func TestStore(t *testing.T) {
	const lab, shop, plain = "http://x.lab.localhost/a/b", "https://shop.example.com/a/b", "http://shop.example.com/a/b"
	rfc, chromium := RFC(), Chromium()
	for _, test := range []struct {
		section    string
		profile    Profile
		from, line string
		kept       string
		reason     Code
	}{
		{"step 8", rfc, lab, "a=b; Domain=\u4e2d\u56fd.localhost", "", ReasonInvalidDomain},
		{"step 9", rfc, lab, "a=b; Domain=localhost", "", ReasonInvalidDomain},
		{"step 9", rfc, "http://localhost/", "a=b; Domain=localhost", "a=b localhost /", ""},
		{"step 9", rfc, shop, "a=b; Domain=com", "", ReasonInvalidDomain},
		{"step 9", rfc, "https://shop.example.co.uk/", "a=b; Domain=co.uk", "", ReasonInvalidDomain},
		{"step 9", rfc, "https://github.io/", "a=b; Domain=.github.io", "a=b github.io /", ""},
		{"step 10", rfc, lab, "a=b", "a=b x.lab.localhost /a", ""},
		{"step 10", rfc, lab, "a=b; Domain=.LAB.localhost", "a=b .lab.localhost /a", ""},
		{"step 10", rfc, lab, "a=b; Domain=x.lab.localhost", "a=b .x.lab.localhost /a", ""},
		{"step 10", rfc, lab, "a=b; Domain=y.lab.localhost", "", ReasonInvalidDomain},
		{"step 10", rfc, lab, "a=b; Domain=", "a=b x.lab.localhost /a", ""},
		{"step 10", rfc, "http://127.0.0.1/", "a=b; Domain=127.0.0.1", "a=b .127.0.0.1 /", ""},
		{"step 10", chromium, "http://127.0.0.1/", "a=b; Domain=127.0.0.1", "a=b 127.0.0.1 /", ""},
		{"step 10", rfc, "http://127.0.0.1/", "a=b; Domain=0.0.1", "", ReasonInvalidDomain},
		{"step 10", rfc, "http://[::1]/", "a=b", "a=b [::1] /", ""},
		{"step 10", rfc, "http://x.\u4e2d\u56fd.cn/", "a=b; Domain=xn--fiqs8s.cn", "a=b .xn--fiqs8s.cn /", ""},
		{"step 11", rfc, lab, "a=b; Path=/c", "a=b x.lab.localhost /c", ""},
		{"step 11", rfc, lab, "a=b; Path=c", "a=b x.lab.localhost /a", ""},
		{"step 13", rfc, plain, "a=b; Secure", "", ReasonSecureOnly},
		{"step 13", rfc, lab, "a=b; Secure", "", ReasonSecureOnly},
		{"step 13", chromium, lab, "a=b; Secure", "a=b x.lab.localhost /a", ""},
		{"step 13", Firefox(), lab, "a=b; Secure", "a=b x.lab.localhost /a", ""},
		{"step 13", Safari(), lab, "a=b; Secure", "", ReasonSecureOnly},
		{"step 13", chromium, "http://[::1]/", "a=b; Secure", "a=b [::1] /", ""},
		{"step 19", rfc, shop, "a=b; SameSite=None", "", ReasonSameSiteNoneInsecure},
		{"step 19", rfc, shop, "a=b; SameSite=None; Secure", "a=b shop.example.com /a", ""},
		{"step 19", Safari(), shop, "a=b; SameSite=None", "a=b shop.example.com /a", ""},
		{"step 20", rfc, shop, "__Secure-a=b", "", ReasonInvalidPrefix},
		{"step 20", rfc, shop, "__SECURE-a=b", "", ReasonInvalidPrefix},
		{"step 20", rfc, shop, "__Secure-a=b; Secure", "__Secure-a=b shop.example.com /a", ""},
		{"step 21", rfc, shop, "__Host-a=b; Secure", "", ReasonInvalidPrefix},
		{"step 21", rfc, "https://shop.example.com/", "__Host-a=b; Secure", "", ReasonInvalidPrefix},
		{"step 21", rfc, shop, "__host-a=b; Path=/", "", ReasonInvalidPrefix},
		{"step 21", rfc, shop, "__Host-a=b; Secure; Path=/; Domain=shop.example.com", "", ReasonInvalidPrefix},
		{"step 21", rfc, shop, "__Host-a=b; Secure; Path=/", "__Host-a=b shop.example.com /", ""},
		{"__Http-", rfc, shop, "__Http-a=b; Secure", "", ReasonInvalidPrefix},
		{"__Http-", rfc, shop, "__Http-a=b; Secure; HttpOnly", "__Http-a=b shop.example.com /a", ""},
		{"__Host-Http-", rfc, shop, "__Host-Http-a=b; Secure; Path=/", "", ReasonInvalidPrefix},
		{"__Host-Http-", rfc, shop, "__Host-Http-a=b; Secure; Path=/; HttpOnly", "__Host-Http-a=b shop.example.com /", ""},
		{"step 22", rfc, shop, "=__Secure-a=b", "", ReasonInvalidPrefix},
		{"step 22", rfc, shop, "__Host-a; Secure", "", ReasonInvalidPrefix},
		{"step 22", rfc, shop, "=a=b", "a=b shop.example.com /a", ""},
		{"step 22", chromium, shop, "=a=b", "", ReasonAmbiguousSerialization},
		{"Partitioned", chromium, shop, "a=b; Partitioned", "", ReasonInvalidPartitioned},
		{"Partitioned", chromium, shop, "a=b; Partitioned; Secure", "a=b shop.example.com /a", ""},
		{"Partitioned", rfc, shop, "a=b; Partitioned", "a=b shop.example.com /a", ""},
		{"5.6", chromium, shop, "a=b\tc", "", ReasonDisallowedCharacter},
	} {
		jar := NewJar(test.profile, newClock().now)
		v := jar.Set(address(t, test.from), test.line, Request{})
		kept := ""
		for _, c := range jar.All() {
			dot := "."
			if c.HostOnly {
				dot = ""
			}
			kept = c.String() + " " + dot + c.Domain + " " + c.Path
		}
		if v.Reason != test.reason || kept != test.kept {
			t.Errorf("%s %s: %q from %s is %q for %q, want %q for %q", test.profile.Name, test.section, test.line, test.from, kept, v.Reason, test.kept, test.reason)
		}
	}
}

// TestExpiry covers sections 5.5 and 5.7, step 6.
func TestExpiry(t *testing.T) {
	now := newClock().at
	for line, want := range map[string]time.Duration{
		"":                                      0,
		"Max-Age=60":                            time.Minute,
		"Max-Age=34560000":                      MaxLife,
		"Max-Age=34560001":                      MaxLife,
		"Max-Age=99999999999999999999":          MaxLife,
		"Expires=Thu, 26 Nov 2026 13:00:00 GMT": time.Hour,
		"Expires=Thu, 26 Nov 2099 13:00:00 GMT": MaxLife,
		"Expires=Thu, 26 Nov 2026 13:00:00 GMT; Max-Age=60": time.Minute,
		"Max-Age=x; Expires=Thu, 26 Nov 2026 13:00:00 GMT":  time.Hour,
		"Max-Age=60; Max-Age=x":                             time.Minute,
	} {
		at, clamped := Parse("a=b; " + line).Expiry(now)
		if got := at.Sub(now); want != 0 && got != want || want == 0 && !at.IsZero() {
			t.Errorf("%s: %v, want %v", line, got, want)
		}
		if want := want == MaxLife && line != "Max-Age=34560000"; clamped != want {
			t.Errorf("%s: clamped %t", line, clamped)
		}
	}
	for _, line := range []string{"Max-Age=0", "Max-Age=-0", "Max-Age=-99999999999999999999", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", "Expires=Thu, 26 Nov 2026 12:00:00 GMT"} {
		jar := NewJar(RFC(), newClock().now)
		home := address(t, "http://localhost/")
		jar.Set(home, "a=b", Request{})
		if v := jar.Set(home, "a=b; "+line, Request{}); !v.Deleted || v.Stored || v.Reason != "" || len(jar.All()) > 0 {
			t.Errorf("%s: %+v", line, v)
		}
	}
}

// TestConflicts covers section 5.7, steps 15, 16 and 23: conflicts with cookies already in the jar.
func TestConflicts(t *testing.T) {
	const secure, plain = "https://www.example.com/", "http://www.example.com/"
	for _, test := range []struct {
		name        string
		first, then string // lines; the first comes by https
		from        string
		script      bool
		want        Code
	}{
		{"leave secure cookies alone", "a=1; Secure; Path=/login", "a=2; Path=/login", plain, false, ReasonOverwriteSecure},
		{"below its path, too", "a=1; Secure; Path=/login", "a=2; Path=/login/en", plain, false, ReasonOverwriteSecure},
		{"not above its path", "a=1; Secure; Path=/login", "a=2; Path=/", plain, false, ""},
		{"nor beside", "a=1; Secure; Path=/login", "a=2; Path=/foo", plain, false, ""},
		{"for a domain above", "a=1; Secure", "a=2; Domain=example.com", plain, false, ReasonOverwriteSecure},
		{"for a host below", "a=1; Secure; Domain=example.com", "a=2", plain, false, ReasonOverwriteSecure},
		{"nor deleted", "a=1; Secure", "a=; Max-Age=0", plain, false, ReasonOverwriteSecure},
		{"another name", "a=1; Secure", "b=2", plain, false, ""},
		{"https may", "a=1; Secure", "a=2", secure, false, ""},
		{"one that is not Secure", "a=1", "a=2", plain, false, ""},
		{"a script makes no HttpOnly", "a=1", "b=2; HttpOnly", secure, true, ReasonOverwriteHTTPOnly},
		{"a script overwrites none", "a=1; HttpOnly", "a=2", secure, true, ReasonOverwriteHTTPOnly},
		{"of another path it may", "a=1; HttpOnly", "a=2; Path=/x", secure, true, ""},
		{"an answer may", "a=1; HttpOnly", "a=2", secure, false, ""},
	} {
		jar := NewJar(RFC(), newClock().now)
		if v := jar.Set(address(t, secure), test.first, Request{}); !v.Stored {
			t.Fatalf("%s: %+v", test.name, v)
		}
		if v := jar.Set(address(t, test.from), test.then, Request{Script: test.script}); v.Reason != test.want {
			t.Errorf("%s: %q, want %q", test.name, v.Reason, test.want)
		}
	}
}

// TestCreation covers section 5.7, step 23: a cookie that is set again keeps its place; in Chromium, only
// if its value stays the same.
func TestCreation(t *testing.T) {
	home := address(t, "http://localhost/")
	for _, test := range []struct {
		profile Profile
		line    string
		want    string
	}{
		{RFC(), "a=1", "a=1; b=1"}, {RFC(), "a=2", "a=2; b=1"},
		{Chromium(), "a=1", "a=1; b=1"}, {Chromium(), "a=2", "b=1; a=2"},
	} {
		clock := newClock()
		jar := NewJar(test.profile, clock.now)
		for _, line := range []string{"a=1", "b=1", test.line} {
			jar.Set(home, line, Request{})
			clock.sleep(time.Second)
		}
		if got, _ := jar.Header(home, Request{}); got != test.want {
			t.Errorf("%s, %s: %q, want %q", test.profile.Name, test.line, got, test.want)
		}
	}
}
