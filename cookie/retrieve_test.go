package cookie

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestHeader covers section 5.8.3, step 1: which cookies are not sent, and why.
func TestHeader(t *testing.T) {
	const shop = "https://shop.example.com/a/b"
	for _, test := range []struct {
		name, line, to string
		request        Request
		want           Code
	}{
		{name: "the same host", line: "a=b", to: "https://shop.example.com/a/c"},
		{name: "another port", line: "a=b", to: "https://shop.example.com:444/a/c"},
		{name: "a host below", line: "a=b", to: "https://x.shop.example.com/a/c", want: ReasonDomainMismatch},
		{name: "a host above", line: "a=b; Domain=shop.example.com", to: "https://example.com/a/c", want: ReasonDomainMismatch},
		{name: "a host below, with Domain", line: "a=b; Domain=shop.example.com", to: "https://x.shop.example.com/a/c"},
		{name: "a sibling, with Domain", line: "a=b; Domain=example.com", to: "https://other.example.com/a/c"},
		{name: "another path", line: "a=b", to: "https://shop.example.com/c", want: ReasonNotOnPath},
		{name: "a path that begins alike", line: "a=b", to: "https://shop.example.com/ab", want: ReasonNotOnPath},
		{name: "http", line: "a=b", to: "http://shop.example.com/a/c"},
		{name: "Secure by http", line: "a=b; Secure", to: "http://shop.example.com/a/c", want: ReasonSecureOnly},
		{name: "a script", line: "a=b", to: shop, request: Request{Script: true}},
		{name: "a script and HttpOnly", line: "a=b; HttpOnly", to: shop, request: Request{Script: true}, want: ReasonHTTPOnly},
	} {
		jar := NewJar(RFC(), newClock().now)
		jar.Set(address(t, shop), test.line, Request{})
		header, sent := jar.Header(address(t, test.to), test.request)
		if len(sent) != 1 || sent[0].Reason != test.want || sent[0].Sent != (test.want == "") || (header == "a=b") != sent[0].Sent {
			t.Errorf("%s: %q, %+v, want %q", test.name, header, sent, test.want)
		}
	}
}

// TestSameSite covers SameSite (5.2, 5.6.7, 5.8.3). Each letter is a cookie that is sent: d without
// SameSite, l with Lax, s with Strict, n with None.
func TestSameSite(t *testing.T) {
	const shop = "https://shop.example.com/"
	for _, test := range []struct {
		name      string
		initiator string
		request   Request
		rfc, late string // right after the cookies are set, and two minutes later
		safari    string
	}{
		{"typed", "", Request{}, "dlsn", "dlsn", "dlsn"},
		{"typed, a POST", "", Request{Method: "POST"}, "dlsn", "dlsn", "dlsn"},
		{"same site", "https://other.example.com/", Request{Subresource: true, Method: "POST"}, "dlsn", "dlsn", "dlsn"},
		{"link", "https://example.net/", Request{}, "dln", "dln", "dln"},
		{"HEAD", "https://example.net/", Request{Method: "HEAD"}, "dln", "dln", "dln"},
		{"form", "https://example.net/", Request{Method: "POST"}, "dn", "n", "dn"},
		{"image", "https://example.net/", Request{Subresource: true}, "n", "n", ""},
		{"by http", "http://shop.example.com/", Request{}, "dln", "dln", "dlsn"},
		{"by http, image", "http://shop.example.com/", Request{Subresource: true}, "n", "n", "dlsn"},
	} {
		if test.initiator != "" {
			test.request.Initiator = address(t, test.initiator)
		}
		for _, run := range []struct {
			profile Profile
			wait    time.Duration
			want    string
		}{{RFC(), 119 * time.Second, test.rfc}, {RFC(), 2 * time.Minute, test.late}, {Chromium(), time.Minute, test.rfc}, {Safari(), 0, test.safari}} {
			clock := newClock()
			jar := NewJar(run.profile, clock.now)
			for _, line := range []string{"d", "l; SameSite=Lax; Path=/", "s; SameSite=Strict", "n; SameSite=None; Secure"} {
				name, rest, _ := strings.Cut(line, ";")
				jar.Set(address(t, shop), name+"=;"+rest, Request{})
			}
			clock.sleep(run.wait)
			header, sent := jar.Header(address(t, shop), test.request)
			if got := strings.NewReplacer("=", "", "; ", "").Replace(header); got != run.want {
				t.Errorf("%s, %s after %v: %q, want %q", test.name, run.profile.Name, run.wait, got, run.want)
			}
			for _, s := range sent {
				schemeful := strings.HasPrefix(string(s.Reason), "Schemeful")
				if !s.Sent && schemeful != strings.HasPrefix(test.name, "by http") {
					t.Errorf("%s: %s for %s", test.name, s.Cookie.Name, s.Reason)
				}
			}
		}
	}
}

// TestSetCrossSite covers section 5.7, step 18: what a page of another site may set.
func TestSetCrossSite(t *testing.T) {
	other := address(t, "https://example.net/")
	for _, test := range []struct {
		line    string
		request Request
		want    Code
	}{
		{"a=b", Request{Initiator: other}, ""},
		{"a=b; SameSite=Strict", Request{Initiator: other, Method: "POST"}, ""},
		{"a=b", Request{Initiator: other, Subresource: true}, ReasonSameSiteUnspecifiedTreatedAsLax},
		{"a=b; SameSite=Strict", Request{Initiator: other, Subresource: true}, ReasonSameSiteStrict},
		{"a=b; SameSite=None; Secure", Request{Initiator: other, Subresource: true}, ""},
	} {
		v := NewJar(RFC(), newClock().now).Set(address(t, "https://shop.example.com/"), test.line, test.request)
		if v.Reason != test.want {
			t.Errorf("%s: %q, want %q", test.line, v.Reason, test.want)
		}
	}
}

func TestPartitioned(t *testing.T) {
	shop, a, b := address(t, "https://shop.example.com/"), address(t, "https://a.example.net/"), address(t, "https://b.example.org/")
	jar := NewJar(Chromium(), newClock().now)
	for _, top := range []Request{{}, {Initiator: a, Subresource: true}} {
		jar.Set(shop, "a="+fmt.Sprint(top.Subresource)+"; Secure; SameSite=None; Partitioned", top)
	}
	for _, test := range []struct {
		request Request
		want    string
	}{
		{Request{}, "a=false"},
		{Request{Initiator: a}, "a=false"},
		{Request{Initiator: a, Subresource: true}, "a=true"},
		{Request{Initiator: b, Subresource: true}, ""},
	} {
		if got, _ := jar.Header(shop, test.request); got != test.want {
			t.Errorf("%+v: %q, want %q", test.request, got, test.want)
		}
	}
	safari := NewJar(Safari(), newClock().now)
	if v := safari.Set(shop, "a=b", Request{Initiator: a, Subresource: true}); v.Reason != ReasonUserPreferences {
		t.Errorf("a third party's cookie: %+v", v)
	}
}

// TestOrder covers section 5.8.3, steps 2 and 4.
func TestOrder(t *testing.T) {
	clock := newClock()
	jar := NewJar(RFC(), clock.now)
	home := address(t, "http://localhost/a/b/c")
	for _, line := range []string{"1=; Path=/", "2=; Path=/a/b", "3=; Path=/a", "x; Path=/a/b", "5=; Path=/"} {
		jar.Set(home, line, Request{})
		clock.sleep(time.Second)
	}
	if got, _ := jar.Header(home, Request{}); got != "2=; x; 3=; 1=; 5=" {
		t.Errorf("sent %q", got)
	}
	for _, c := range jar.All() {
		if !c.Accessed.Equal(clock.at) {
			t.Errorf("%s was used at %v (5.8.3, step 3)", c, c.Accessed)
		}
	}
}

// TestEvict covers the order of eviction (5.7): cookies that are not Secure first, then the
// least recently used.
func TestEvict(t *testing.T) {
	clock := newClock()
	home := address(t, "https://www.example.com/")
	for _, test := range []struct {
		profile Profile
		keeps   int
	}{{RFC(), 50}, {Chromium(), 150}, {Firefox(), 150}, {Safari(), 302}} {
		jar := NewJar(test.profile, clock.now)
		for i := range 302 {
			secure := ""
			if i < 2 {
				secure = "; Secure"
			}
			jar.Set(home, fmt.Sprintf("%d=%s; Path=/%d", i, secure, i), Request{})
			clock.sleep(time.Minute)
			jar.Header(address(t, "https://www.example.com/2"), Request{}) // the third is used all the time
		}
		kept := strings.Join(names(jar), " ")
		if !strings.HasPrefix(kept, "0= 1= 2= ") || !strings.HasSuffix(kept, " 300= 301=") {
			t.Errorf("%s keeps %.60s…", test.profile.Name, kept)
		}
		if n := len(jar.All()); n < test.keeps || n > max(test.keeps, test.profile.PerSite) {
			t.Errorf("%s keeps %d", test.profile.Name, n)
		}
		jar.Set(address(t, "https://example.net/"), "a=b", Request{})
		if v := jar.Set(home, "new=1", Request{}); !v.Stored || jar.All()[0].Name != "0" {
			t.Errorf("%s: %+v", test.profile.Name, v)
		}
	}
	jar := NewJar(RFC(), clock.now)
	for i := range 3100 {
		jar.Set(address(t, fmt.Sprintf("https://a%d.example/", i)), "a=b", Request{})
	}
	if n := len(jar.All()); n != 3000 {
		t.Errorf("in all %d are kept", n)
	}
}

func TestOf(t *testing.T) {
	jar := NewJar(RFC(), newClock().now)
	jar.Set(address(t, "http://x.lab.localhost/"), "a=1", Request{})
	jar.Set(address(t, "http://x.lab.localhost/"), "b=1; Domain=lab.localhost; Path=/b", Request{})
	jar.Set(address(t, "http://localhost/"), "c=1", Request{})
	for host, want := range map[string]string{"X.lab.localhost": "a=1 b=1", "lab.localhost": "b=1", "localhost": "c=1", "localhost.": ""} {
		var got []string
		for _, c := range jar.Of(host) {
			got = append(got, c.String())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s has %q, want %q", host, got, want)
		}
	}
}

func TestProfiles(t *testing.T) {
	for _, p := range Profiles() {
		if found, ok := ProfileNamed(p.Name); !ok || found != p {
			t.Errorf("%s is not found", p.Name)
		}
	}
	if _, ok := ProfileNamed("netscape"); ok {
		t.Error("netscape is found")
	}
	seen := map[Code]bool{}
	for _, code := range Codes() {
		if seen[code] {
			t.Errorf("%s is there twice", code)
		}
		seen[code] = true
	}
}
