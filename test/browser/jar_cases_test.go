package browser

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"sessionlab/cookie"
)

// jarCase describes cookies that are set and a request that follows.
type jarCase struct {
	title string // "" means the first line
	sets  []setting
	to    string
	how   string // "" from its own site; or typed, link, post, image, fetch, frame, script
	page  string // the page that makes the request
}

// setting is a Set-Cookie line in the response of an address.
type setting struct {
	from   string
	line   string
	script bool   // set by document.cookie instead
	how    string // as in jarCase
	page   string
}

func (c jarCase) name() string {
	if c.title != "" {
		return c.title
	}
	return c.sets[0].line
}

func request(t *testing.T, site *rawSite, how, page string) cookie.Request {
	t.Helper()
	r := cookie.Request{Script: how == "script", Subresource: how == "image" || how == "fetch" || how == "frame"}
	if how == "post" {
		r.Method = http.MethodPost
	}
	if page != "" {
		r.Initiator = site.at(t, page)
	}
	return r
}

func (c jarCase) request(t *testing.T, site *rawSite) cookie.Request {
	return request(t, site, c.how, c.page)
}

func (s setting) request(t *testing.T, site *rawSite) cookie.Request {
	r := request(t, site, s.how, s.page)
	r.Script = s.script
	return r
}

const home = "http://localhost/a/b"

// jarCases returns the table.
func jarCases() (all []jarCase) {
	line := func(from, to string, lines ...string) {
		for _, l := range lines {
			all = append(all, jarCase{sets: []setting{{from: from, line: l}}, to: to})
		}
	}
	titled := func(title, to string, sets ...setting) {
		all = append(all, jarCase{title: title, to: to, sets: sets})
	}
	at := func(from string, lines ...string) (sets []setting) {
		for _, l := range lines {
			sets = append(sets, setting{from: from, line: l})
		}
		return sets
	}
	// 5.6: taking a line apart.
	line(home, home, "a=b", "a=b;", "a=b; ", "  a  =  b  ", "a=b=c", "a==b", "a=", "=b", "b", "=", "", " ", ";", "=;Path=/",
		"a=b; =c", "a=b;;; Path=/", "a=b; Path=/;;", "\ta\t=\tb\t", "a\tb=c", "a=b\tc", "a=b; Path=/\tx", "a b=c d", "a=b,c=d", `a="b c"`, `a="b;c"`,
		"a=\x01", "a\x01=b", "a=b\x7f", "a=b; Path=/\x02", "a=b; X=\x1f", "a=小店", "小店=a", "a=\xff\xfe", "A=1", "a=b; unknown; Path=/", "a=b; PATH=/; httponly",
		"a=b; Secure=no", "a=b; HttpOnly=false", "a=b; \"Path\"=/", "a=b; Path=\"/\"", "a@b=c", "a[]=1", "__a=b", "$Version=1; a=b")
	// Sizes.
	for _, size := range []int{4095, 4096, 4097} {
		titled("bytes "+strconv.Itoa(size), home, at(home, "a="+strings.Repeat("x", size-1))...)
	}
	titled("a nameless value of 4096 bytes", home, at(home, strings.Repeat("x", 4096))...)
	titled("a nameless value of 4097 bytes", home, at(home, strings.Repeat("x", 4097))...)
	titled("Path of 1024 bytes", home, at(home, "a=b; Path=/"+strings.Repeat("x", 1023))...)
	titled("Path of 1025 bytes", home, at(home, "a=b; Path=/"+strings.Repeat("x", 1024))...)
	titled("Path of 1025 bytes after another", home, at(home, "a=b; Path=/a; Path=/"+strings.Repeat("x", 1024))...)
	titled("Domain of 1025 bytes", home, at(home, "a=b; Domain="+strings.Repeat("x", 1025))...)
	titled("Max-Age of 1025 bytes", home, at(home, "a=b; Max-Age="+strings.Repeat("1", 1025))...)
	titled("an unknown attribute of 5000 bytes", home, at(home, "a=b; x="+strings.Repeat("x", 5000))...)
	// 5.1.1, 5.6.1, 5.6.2: expiry.
	line(home, home, "a=b; Max-Age=60", "a=b; Max-Age=0", "a=b; Max-Age=-1", "a=b; Max-Age=", "a=b; Max-Age=x", "a=b; Max-Age=6x", "a=b; Max-Age=+60", "a=b; Max-Age=1.5", "a=b; Max-Age=\"60\"",
		"a=b; Max-Age=-", "a=b; Max-Age=--1", "a=b; Max-Age= 60 ", "a=b; Max-Age=34560000", "a=b; Max-Age=34560001", "a=b; Max-Age=99999999999999999999", "a=b; Max-Age=-99999999999999999999",
		"a=b; Max-Age=60; Max-Age=120", "a=b; Max-Age=60; Max-Age=x", "a=b; Max-Age=60; Max-Age=", "a=b; Max-Age=x; Expires=Wed, 09 Jun 2027 10:18:14 GMT", "a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=b; Expires=Wed, 09 Jun 2027 10:18:14 GMT; Max-Age=0",
		"a=b; Expires=Wed, 09 Jun 2027 10:18:14 GMT", "a=b; Expires=Wed, 09-Jun-27 10:18:14 GMT", "a=b; Expires=Wed Jun  9 10:18:14 2027", "a=b; Expires=09 Jun 2027 10:18:14 +0200", "a=b; Expires=2027 Jun 09 10:18:14",
		"a=b; Expires=10:18:14 9 june 2027", "a=b; Expires=9 juneish 2027 10:18:14", "a=b; Expires=9 Jun 2027 10:18", "a=b; Expires=9 Jun 2027", "a=b; Expires=09.06.2027 10:18:14", "a=b; Expires=2027-06-09T10:18:14Z", "a=b; Expires=31 Feb 2027 10:18:14", "a=b; Expires=0 Jun 2027 10:18:14", "a=b; Expires=9 Jun 2027 24:18:14", "a=b; Expires=9 Jun 2027 10:60:14", "a=b; Expires=9 Jun 2027 10:18:60",
		"a=b; Expires=9 Jun 27 1:2:3", "a=b; Expires=9 Jun 99 10:18:14", "a=b; Expires=9 Jun 69 10:18:14", "a=b; Expires=9 Jun 1600 10:18:14", "a=b; Expires=9 Jun 9999 10:18:14", "a=b; Expires=9 Jun 19999 10:18:14", "a=b; Expires=\"9 Jun 2027 10:18:14\"", "a=b; Expires=", "a=b; Expires=never",
		"a=b; Expires=9 Jun 2027 10:18:14; Expires=x", "a=b; Expires=9 Jun 2027 10:18:14; Expires=9 Jun 2020 10:18:14", "a=b; Expires=9th Jun 2027 10:18:14", "a=b; Expires=9 Jun 2027x 10:18:14", "a=b; Expires=9 Jun 2027 10:18:14PM", "a=b; Expires=9 Jun 2027 010:18:14", "a=b; Expires=9 Jun 2027 10:18:14:15", "a=b; Expires=9 Jun 2027 10:18:014", "a=b; Expires=9 Jun 2027 1:2:3x", "a=b; Expires=9x Jun 2027 10:18:14", "a=b; Expires=9 Jun 127 10:18:14", "a=b; Expires=9 Jun 7 10:18:14", "a=b; Expires=9 Jun 7x 10:18:14", "a=b; Expires=9 Jun 202x 10:18:14", "a=b; Expires=9 Jun 02027 10:18:14", "a=b; Expires=9 1 Jun 2027 10:18:14", "a=b; Expires=1 Jan 1970 00:00:00", "a=b; Expires=1 Jan 1601 00:00:00", "a=b; Expires=9 Jun 2027 10:18 10:18:14", "a=b; Expires=9 J 2027 10:18:14 jun", "a=b; Expires=12:30 9 Jun 2027 10:18:14", "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
	// 5.1.4, 5.6.4: paths.
	line(home, home, "a=b; Path=/", "a=b; Path=/a", "a=b; Path=/a/", "a=b; Path=/a/b", "a=b; Path=/a/b/", "a=b; Path=/a/b/c", "a=b; Path=/A", "a=b; Path=/aa", "a=b; Path=", "a=b; Path", "a=b; Path=a", "a=b; Path=/x; Path=", "a=b; Path=/x; Path=/a", "a=b; Path=/a/../x", "a=b; Path=//", "a=b; Path=/%61", "a=b; Path=/a?b", "a=b; Path=/小店", "a=b; Path=http://localhost/")
	for _, from := range []string{"/", "/a", "/a/", "/a/b/", "/a//b", "/%61/b", "/a;x/b"} {
		titled("the default path of "+from, "http://localhost"+from, at("http://localhost"+from, "a=b")...)
	}
	titled("a path below", "http://localhost/a/b/c", at(home, "a=b")...)
	titled("a path beside", "http://localhost/ab", at(home, "a=b")...)
	titled("an escaped path", "http://localhost/%61/b", at(home, "a=b")...)
	// 5.1.3, 5.6.3: domains.
	line("http://x.lab.localhost/", "http://y.lab.localhost/", "a=b", "a=b; Domain=lab.localhost", "a=b; Domain=.lab.localhost", "a=b; Domain=..lab.localhost", "a=b; Domain=LAB.localhost", "a=b; Domain=x.lab.localhost", "a=b; Domain=y.lab.localhost", "a=b; Domain=z.x.lab.localhost", "a=b; Domain=localhost", "a=b; Domain=.localhost",
		"a=b; Domain=ab.localhost", "a=b; Domain=", "a=b; Domain", "a=b; Domain=.", "a=b; Domain=lab.localhost; Domain=", "a=b; Domain=; Domain=lab.localhost", "a=b; Domain=other.localhost; Domain=lab.localhost", "a=b; Domain=lab.localhost.", "a=b; Domain=lab.localhost:80", "a=b; Domain=http://lab.localhost", "a=b; Domain=lab.localhost/", "a=b; Domain=%6cab.localhost", "a=b; Domain=l ab.localhost", "a=b; Domain=127.0.0.1", "a=b; Domain=小店.localhost")
	titled("Domain=localhost on localhost", home, at(home, "a=b; Domain=localhost")...)
	titled("Domain=localhost is not for names below", "http://x.localhost/", at("http://localhost/", "a=b; Domain=localhost")...)
	titled("Domain goes below", "http://z.x.lab.localhost/", at("http://x.lab.localhost/", "a=b; Domain=x.lab.localhost")...)
	titled("no Domain does not go below", "http://z.x.lab.localhost/", at("http://x.lab.localhost/", "a=b")...)
	titled("Domain does not go above", "http://lab.localhost/", at("http://x.lab.localhost/", "a=b; Domain=x.lab.localhost")...)
	for _, domain := range []string{"127.0.0.1", ".127.0.0.1", "0.0.1", "1", "127.0.1", "localhost", "127.0.0.2"} {
		titled("127.0.0.1 with Domain="+domain, "http://127.0.0.1/", at("http://127.0.0.1/", "a=b; Domain="+domain)...)
	}
	for _, domain := range []string{"com", "example.com", "co.uk", "www.example.com", "github.io"} {
		titled("www.example.com with Domain="+domain, "http://www.example.com/", at("http://www.example.com/", "a=b; Domain="+domain)...)
	}
	titled("a public suffix of two labels", "http://shop.example.co.uk/", at("http://shop.example.co.uk/", "a=b; Domain=co.uk")...)
	titled("a private public suffix", "http://me.github.io/", at("http://me.github.io/", "a=b; Domain=github.io")...)
	titled("a public suffix for itself", "http://github.io/", at("http://github.io/", "a=b; Domain=github.io")...)
	titled("IDNA in ASCII", "http://x.xn--fiqs8s.localhost/", at("http://x.xn--fiqs8s.localhost/", "a=b; Domain=xn--fiqs8s.localhost")...)
	titled("IDNA in UTF-8", "http://x.xn--fiqs8s.localhost/", at("http://x.xn--fiqs8s.localhost/", "a=b; Domain=中国.localhost", "c=d; Domain=xn--FIQS8S.localhost")...)
	titled("a name with an underscore", "http://a_b.example.com/", at("http://a_b.example.com/", "a=b; Domain=a_b.example.com")...)
	titled("a name with a dot at its end", "http://www.example.com./", at("http://www.example.com./", "a=b; Domain=example.com", "c=d; Domain=example.com.", "e=f")...)
	// 5.4: prefixes, over trusted http, https and plain http.
	for _, from := range []string{"http://localhost/", "https://www.example.com/", "http://www.example.com/"} {
		for _, l := range []string{"__Secure-a=b", "__Secure-a=b; Secure", "__SECURE-a=b", "__Host-a=b; Secure", "__Host-a=b; Path=/", "__Host-a=b; Secure; Path=/", "__host-a=b; Secure; Path=/", "__Host-a=b; Secure; Path=/a", "__Host-a=b; Secure; Path=/; Domain=www.example.com", "__Host-a=b; Secure; Path=/; Domain=",
			"__Http-a=b; Secure", "__Http-a=b; Secure; HttpOnly", "__Http-a=b; HttpOnly", "__Host-Http-a=b; Secure; HttpOnly", "__Host-Http-a=b; Secure; HttpOnly; Path=/", "__Host-Http-a=b; Secure; Path=/", "__Host-a=b; Secure; Path=/; Domain=localhost", "__Host-a=b; Secure; Path=/x; Path=/", "__Host-a=b; Secure; Path=/; Path=x", "__Host=b", "__Secure-", "__Host-a", "=__Secure-a=b", "=__Host-a=b", "=__Http-a=b", "a=__Host-b"} {
			titled(from+" "+l, from, at(from, l)...)
		}
	}
	titled("__Host- by default path", home, at("http://localhost/", "__Host-a=b; Secure")...)
	titled("__Host-Http- by a script", home, setting{from: "http://localhost/", line: "__Host-Http-a=b; Secure; Path=/; HttpOnly", script: true})
	titled("__Http- by a script", home, setting{from: "http://localhost/", line: "__Http-a=b; Secure; Path=/", script: true})
	// 5.7: Secure.
	for _, from := range []string{"http://localhost/", "http://x.lab.localhost/", "http://127.0.0.1/", "http://www.example.com/", "https://www.example.com/"} {
		titled("Secure from "+from, from, at(from, "a=b; Secure", "c=d; SameSite=None", "e=f; Secure; SameSite=None", "g=h; Partitioned", "i=j; Secure; Partitioned")...)
	}
	titled("Secure does not go over http", "http://www.example.com/", at("https://www.example.com/", "a=b; Secure", "c=d")...)
	secure := at("https://www.example.com/", "a=1; Secure; Path=/login")
	for _, l := range []string{"a=2; Path=/login", "a=2; Path=/login/x", "a=2; Path=/", "a=2; Path=/log", "a=2; Path=/login; Domain=example.com", "b=2; Path=/login", "a=2; Path=/login; Max-Age=0"} {
		titled("leave Secure alone: "+l, "https://www.example.com/login", append(secure, at("http://www.example.com/", l)...)...)
	}
	titled("leave Secure alone: from a sibling", "https://www.example.com/login", setting{from: "https://www.example.com/", line: "a=1; Secure; Domain=example.com"}, setting{from: "http://other.example.com/", line: "a=2; Domain=example.com"})
	titled("localhost may overwrite Secure", home, at("http://localhost/", "a=1; Secure", "a=2")...)
	// 5.7: replacing and deleting.
	for _, l := range []string{"a=2", "a=2; Path=/", "a=2; Domain=x.lab.localhost", "a=2; HttpOnly", "A=2", "a=; Max-Age=0", "a=; Max-Age=0; Path=/", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a; Max-Age=0", "a"} {
		titled("after a=1: "+l, "http://x.lab.localhost/s/t", at("http://x.lab.localhost/s/t", "a=1", l)...)
	}
	titled("a script and HttpOnly", home, setting{from: home, line: "a=1; HttpOnly"}, setting{from: home, line: "a=2", script: true}, setting{from: home, line: "b=2; HttpOnly", script: true}, setting{from: home, line: "c=3", script: true})
	titled("a script and control characters", home, setting{from: home, line: "a=1\x01", script: true}, setting{from: home, line: "b\x00=1", script: true}, setting{from: home, line: "c=1\n2", script: true})
	// 5.8.3: order.
	titled("order", "http://localhost/a/b/c", at("http://localhost/a/b/c", "1=; Path=/", "2=; Path=/a/b", "3=; Path=/a", "4=; Path=/a/b", "5=; Path=/", "1=x; Path=/", "x; Path=/a")...)
	titled("nameless and valueless", home, at(home, "a", "b=", "=c=d", "e==f")...)
	// 5.2, 5.6.7, 5.8.3: SameSite.
	kinds := func(from string) []setting {
		return at(from, "unset=1", "lax=1; SameSite=Lax", "strict=1; SameSite=Strict", "none=1; SameSite=None; Secure", "odd=1; SameSite=x", "twice=1; SameSite=Strict; SameSite=None; Secure", "again=1; SameSite=Strict; SameSite=x", "CASE=1; samesite=LAX", "empty=1; SameSite")
	}
	for _, how := range []string{"typed", "script"} {
		all = append(all, jarCase{title: "SameSite " + how, sets: kinds("http://localhost/"), to: "http://localhost/", how: how})
	}
	pages := map[string]string{"its own site": "http://localhost/", "another site": "http://other.localhost/", "another address of this machine": "http://127.0.0.1/", "another site by https": "https://www.example.com/", "https of the same name": "https://localhost/"}
	for _, page := range []string{"its own site", "another site", "another address of this machine", "another site by https", "https of the same name"} {
		for _, how := range []string{"link", "post", "image", "fetch", "frame"} {
			if pages[page][:5] == "https" && (how == "image" || how == "fetch" || how == "frame") {
				continue // mixed content, which the browser blocks or upgrades
			}
			all = append(all, jarCase{title: "SameSite from " + page + " by " + how, sets: kinds("http://localhost/"), to: "http://localhost/", how: how, page: pages[page]})
		}
	}
	all = append(all,
		jarCase{title: "SameSite from another name by link", sets: kinds("https://www.example.com/"), to: "https://www.example.com/", how: "link", page: "https://www.example.net/"},
		jarCase{title: "SameSite from another name by post", sets: kinds("https://www.example.com/"), to: "https://www.example.com/", how: "post", page: "https://www.example.net/"},
		jarCase{title: "SameSite from another name by fetch", sets: kinds("https://www.example.com/"), to: "https://www.example.com/", how: "fetch", page: "https://www.example.net/"},
		jarCase{title: "SameSite among siblings by fetch", sets: kinds("http://x.lab.localhost/"), to: "http://x.lab.localhost/", how: "fetch", page: "http://y.lab.localhost/"},
		jarCase{title: "SameSite from http to https by fetch", sets: kinds("https://www.example.com/"), to: "https://www.example.com/", how: "fetch", page: "http://www.example.com/"},
		jarCase{title: "SameSite from http to https by link", sets: kinds("https://www.example.com/"), to: "https://www.example.com/", how: "link", page: "http://www.example.com/"},
		jarCase{title: "SameSite set by another site's image", to: "http://localhost/", sets: []setting{
			{from: "http://localhost/", line: "unset=1", how: "image", page: "http://other.localhost/"}, {from: "http://localhost/", line: "lax=1; SameSite=Lax", how: "image", page: "http://other.localhost/"},
			{from: "http://localhost/", line: "strict=1; SameSite=Strict", how: "image", page: "http://other.localhost/"}, {from: "http://localhost/", line: "none=1; SameSite=None; Secure", how: "image", page: "http://other.localhost/"}}},
		jarCase{title: "SameSite set by another site's link", to: "http://localhost/", sets: []setting{
			{from: "http://localhost/", line: "unset=1", how: "link", page: "http://other.localhost/"}, {from: "http://localhost/", line: "strict=1; SameSite=Strict", how: "post", page: "http://other.localhost/"}}},
		jarCase{title: "Partitioned at home", to: "http://localhost/", sets: at("http://localhost/", "a=1; Secure; Partitioned; SameSite=None", "a=2; SameSite=None; Secure")},
		jarCase{title: "Partitioned elsewhere", to: "http://localhost/", how: "image", page: "http://other.localhost/", sets: at("http://localhost/", "a=1; Secure; Partitioned; SameSite=None")},
		jarCase{title: "Partitioned, set elsewhere", to: "http://localhost/", how: "image", page: "http://other.localhost/", sets: []setting{
			{from: "http://localhost/", line: "a=1; Secure; Partitioned; SameSite=None", how: "image", page: "http://other.localhost/"}}},
		jarCase{title: "Partitioned, set elsewhere, at home", to: "http://localhost/", sets: []setting{
			{from: "http://localhost/", line: "a=1; Secure; Partitioned; SameSite=None", how: "image", page: "http://other.localhost/"}}},
	)
	return all
}

// draftDiffers returns the cases in which Chromium differs from the draft, and why.
func draftDiffers() map[string]string {
	differs := map[string]string{}
	for why, names := range map[string][]string{
		"a tab inside is a control character": {"a\tb=c", "a=b\tc", "a=b; Path=/\tx"},
		"the last Max-Age and the last Expires count, even if they cannot be read": {
			"a=b; Max-Age=60; Max-Age=x", "a=b; Max-Age=60; Max-Age=", "a=b; Expires=9 Jun 2027 10:18:14; Expires=x"},
		"a number may have a plus": {"a=b; Max-Age=+60"},
		"a number in a date ends where its word ends": {
			"a=b; Expires=9th Jun 2027 10:18:14", "a=b; Expires=9 Jun 2027x 10:18:14", "a=b; Expires=9 Jun 2027 10:18:14PM",
			"a=b; Expires=9 Jun 2027 10:18:14:15", "a=b; Expires=9 Jun 2027 1:2:3x", "a=b; Expires=9x Jun 2027 10:18:14", "a=b; Expires=12:30 9 Jun 2027 10:18:14"},
		"a number in a date may have more or fewer digits": {
			"a=b; Expires=9 Jun 19999 10:18:14", "a=b; Expires=9 Jun 02027 10:18:14", "a=b; Expires=9 Jun 2027 010:18:14", "a=b; Expires=9 Jun 2027 10:18:014",
			"a=b; Expires=9 Jun 7 10:18:14", "a=b; Expires=9 1 Jun 2027 10:18:14"},
		"a year before 1601 is long ago, not wrong":           {"a=b; Expires=9 Jun 1600 10:18:14", "a=b; Expires=9 Jun 127 10:18:14"},
		"a Domain beyond ASCII is put into Punycode":          {"IDNA in UTF-8"},
		"a Domain of a dot is a wrong one, not none":          {"a=b; Domain=."},
		"a Domain that is the host's own address is as none":  {"127.0.0.1 with Domain=127.0.0.1", "127.0.0.1 with Domain=.127.0.0.1"},
		"__Host- with any Domain is refused":                  {"http://localhost/ __Host-a=b; Secure; Path=/; Domain=localhost"},
		"a cookie that gets another value is as if new":       {"order"},
		"no name and an equals sign in the value are refused": {"nameless and valueless"},
		"the draft knows no Partitioned": {
			"Secure from http://localhost/", "Secure from http://x.lab.localhost/", "Secure from http://127.0.0.1/", "Secure from http://www.example.com/", "Secure from https://www.example.com/",
			"Partitioned at home", "Partitioned elsewhere", "Partitioned, set elsewhere, at home"},
	} {
		for _, name := range names {
			differs[name] = why
		}
	}
	return differs
}
