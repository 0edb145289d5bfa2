package cookie

import (
	"net/url"
	"testing"
)

// fuzzAddress returns an address that contains the text.
func fuzzAddress(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return &url.URL{Scheme: "http", Host: "x.lab.localhost", Path: text}
	}
	return u
}

// TestCanonicalHost covers section 5.1.2.
func TestCanonicalHost(t *testing.T) {
	for host, want := range map[string]string{
		"LocalHost":        "localhost",
		"WWW.Example.COM.": "www.example.com.",
		"中国.example":       "xn--fiqs8s.example",
		"Bücher.example":   "xn--bcher-kva.example",
		"straße.example":   "xn--strae-oqa.example", // IDNA 2008, not strasse
		"XN--FIQS8S.cn":    "xn--fiqs8s.cn",
		"a_b.example":      "a_b.example",
		"127.0.0.1":        "127.0.0.1",
		"::1":              "[::1]",
		"[0:0::0:1]":       "[::1]",
		"":                 "",
	} {
		if got := CanonicalHost(host); got != want {
			t.Errorf("%q is %q, want %q", host, got, want)
		}
	}
}

// TestDomainMatch covers section 5.1.3.
func TestDomainMatch(t *testing.T) {
	for _, test := range []struct {
		host, domain string
		want         bool
	}{
		{"example.com", "example.com", true},
		{"www.example.com", "example.com", true},
		{"a.b.example.com", "example.com", true},
		{"example.com", "www.example.com", false},
		{"notexample.com", "example.com", false},
		{"example.com", "", false},
		{"127.0.0.1", "127.0.0.1", true},
		{"127.0.0.1", "0.0.1", false},
		{"127.0.0.1", "1", false},
		{"[::1]", "[::1]", true},
	} {
		if got := DomainMatch(test.host, test.domain); got != test.want {
			t.Errorf("%s matches %s: %t", test.host, test.domain, got)
		}
	}
}

func TestPublicSuffix(t *testing.T) {
	for host, want := range map[string]bool{
		"com": true, "co.uk": true, "github.io": true, "com.cn": true, "localhost": true, "com.": true,
		"example.com": false, "example.co.uk": false, "me.github.io": false, "lab.localhost": false, "127.0.0.1": false, "[::1]": false, "": false,
	} {
		if got := IsPublicSuffix(host); got != want {
			t.Errorf("%s is a public suffix: %t", host, got)
		}
	}
}

// TestSite covers section 5.2.
func TestSite(t *testing.T) {
	for text, want := range map[string]string{
		"http://localhost:7377/a":       "http://localhost",
		"http://x.lab.localhost/":       "http://lab.localhost",
		"http://y.LAB.localhost:8080/":  "http://lab.localhost",
		"http://lab.localhost/":         "http://lab.localhost",
		"http://127.0.0.1:7377/":        "http://127.0.0.1",
		"http://[::1]:7377/":            "http://[::1]",
		"https://www.shop.example.com/": "https://example.com",
		"https://www.example.co.uk/":    "https://example.co.uk",
		"https://me.github.io/":         "https://me.github.io",
		"https://github.io/":            "https://github.io",
	} {
		if got := Site(address(t, text)); got != want {
			t.Errorf("%s is of %s, want %s", text, got, want)
		}
	}
}

// TestPaths covers section 5.1.4.
func TestPaths(t *testing.T) {
	for path, want := range map[string]string{"": "/", "/": "/", "/a": "/", "/a/": "/a", "/a/b": "/a", "/a/b/": "/a/b", "/a//b": "/a/", "a/b": "/", "*": "/"} {
		if got := DefaultPath(path); got != want {
			t.Errorf("the default path of %q is %q, want %q", path, got, want)
		}
	}
	for _, test := range []struct {
		request, path string
		want          bool
	}{
		{"/", "/", true}, {"/a", "/", true}, {"/a", "/a", true}, {"/a/", "/a", true}, {"/a/b", "/a", true}, {"/a/b", "/a/", true},
		{"/ab", "/a", false}, {"/a", "/a/", false}, {"/", "/a", false}, {"/A", "/a", false}, {"/%61", "/a", false},
	} {
		if got := PathMatch(test.request, test.path); got != test.want {
			t.Errorf("%s matches %s: %t", test.request, test.path, got)
		}
	}
	if got := pathOf(address(t, "http://localhost?a=b")); got != "/" {
		t.Errorf("no path is %q", got)
	}
}
