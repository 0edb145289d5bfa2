package cookie

import (
	"net/url"
	"slices"
	"testing"
	"time"
)

func TestPathsTo(t *testing.T) {
	for path, want := range map[string][]string{
		"/": {"/"}, "": {"/"}, "/a": {"/", "/a"}, "/a/": {"/", "/a", "/a/"}, "/a/b": {"/", "/a", "/a/", "/a/b"},
	} {
		if got := slices.Collect(pathsTo(path)); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

// The lines delete a cookie that came with a request, whatever its Path and Domain.
// So does Deletion for a cookie of the jar.
func TestDeletions(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for _, line := range []string{
		"a=b", "a=b; Path=/", "a=b; Path=/try", "a=b; Path=/try/", "a=b; Path=/try/shop/cart", "a=b; HttpOnly", "a=b; Domain=a.lab.localhost",
		"a=b; Domain=lab.localhost; Path=/try", "nameless", "a=b=c", "é=ü", "__Host-a=b; Secure; Path=/", "__secure-a=b; Secure; Domain=lab.localhost",
		"__Http-a=b; Secure; HttpOnly", "__Host-Http-a=b; Secure; HttpOnly; Path=/", "a=b; Secure; Partitioned; Path=/try", "a=b; SameSite=None; Secure",
	} {
		for _, profile := range []Profile{RFC(), Chromium()} {
			profile.TrustLoopback = true
			for _, host := range []string{"a.lab.localhost", "localhost", "127.0.0.1"} {
				at := &url.URL{Scheme: "http", Host: host + ":7377", Path: "/try/shop/cart"}
				fill := func() *Jar {
					jar := NewJar(profile, func() time.Time { return now })
					jar.Set(at, line, Request{})
					return jar
				}
				jar := fill()
				header, _ := jar.Header(at, Request{})
				if header == "" && host == "a.lab.localhost" {
					t.Fatalf("%s: %q was not kept", profile.Name, line)
				}
				for deletion := range Deletions(header, host, at.Path) {
					jar.Set(at, deletion, Request{})
				}
				if left := jar.All(); len(left) > 0 {
					t.Errorf("%s %s %q: left %+v", profile.Name, host, line, left)
				}
				jar = fill()
				for _, c := range jar.All() {
					jar.Set(at, c.Deletion(), Request{})
				}
				if left := jar.All(); len(left) > 0 {
					t.Errorf("%s %s %q: Deletion left %+v", profile.Name, host, line, left)
				}
			}
		}
	}
}
