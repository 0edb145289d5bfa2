package mask

import (
	"net/url"
	"strings"
	"testing"

	"sessionlab/internal/stage/record"
)

// secret is a password with characters that encodings change.
const secret = `S3cret & "<ü>+;=%41`

// A password is masked however its field's name is written, and bodies that cannot be read are dropped.
func TestMaskBody(t *testing.T) {
	const (
		form      = "application/x-www-form-urlencoded"
		multipart = "multipart/form-data; boundary=X"
	)
	quoted := url.QueryEscape(secret)
	for _, tt := range []struct{ name, kind, body string }{
		{"a form", form, "username=a&pwd=" + quoted},
		{"a form, not encoded", form, "username=a&pwd=" + secret},
		{"encoded twice", form, "p%2577d=" + quoted},
		{"a name with brackets", form, "user%5Bpassword%5D=" + quoted + "&a[new_one]=" + quoted},
		{"what browsers call it", form, "current-password=" + quoted + "&newPwd=" + quoted + "&passphrase=" + quoted + "&user.pass=" + quoted + "&pw=" + quoted},
		{"a name and a NUL", form, "pwd%00=" + quoted + "&%00pwd=" + quoted},
		{"semicolons", form, "a=1;pwd=" + quoted},
		{"parts sent as a form", form, "--X\r\nContent-Disposition: form-data; name=\"pwd\"\r\n\r\n" + secret + "\r\n--X--"},
		{"lines", "text/plain", "username=a\r\npwd=" + secret + "\r\n"},
		{"a form as lines", "text/plain;charset=UTF-8", "username=a&pwd=" + quoted},
		{"JSON as lines", "text/plain;charset=UTF-8", "{\n\"pwd\": \"S3cret\"}"},
		{"parts", multipart, "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X\r\nContent-Disposition: form-data; name=\"pwd\"\r\n\r\n" + secret + "\r\n--X--\r\n"},
		{"parts with plain line feeds", multipart, "--X\nContent-Disposition: form-data; name=\"pwd\"\n\n" + secret + "\n--X--\n"},
		{"a folded name", multipart, "--X\r\nContent-Disposition: form-data;\r\n name=\"pwd\"\r\n\r\n" + secret + "\r\n--X--\r\n"},
		{"two names", multipart, "--X\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"pwd\"\r\n\r\n" + secret + "\r\n--X--\r\n"},
		{"no name", multipart, "--X\r\nContent-Disposition: form-data\r\n\r\n" + secret + "\r\n--X--\r\n"},
		{"another boundary", multipart, "--Y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--Y\r\nContent-Disposition: form-data; name=\"pwd\"\r\n\r\n" + secret + "\r\n--Y--\r\n"},
		{"behind the end", multipart, "--X--\r\n" + secret},
		{"JSON", "application/json", `{"user":{"pwd":"S3cret"},"password":["S3cret"],"new":{"a":"S3cret"}}`},
		{"JSON with a tail", "application/json", `{"a":1} pwd=S3cret`},
		{"JSON that was cut", "application/json", `{"a":1,"old":{"b":"S3cret`},
		{"another kind", "application/xml", "<pwd>S3cret</pwd>"},
		{"bytes", form, "\x1f\x8bpwd=S3cret"},
	} {
		b := record.Body{Text: tt.body, Size: int64(len(tt.body))}
		new(masker).body(&b, tt.kind)
		if strings.Contains(b.Text, "S3cret") || strings.Contains(b.Text, "%41") {
			t.Errorf("%s: %q", tt.name, b.Text)
		}
	}
}

// Everything that is not a password stays as it is.
func TestMaskLeaves(t *testing.T) {
	for kind, text := range map[string]string{
		"application/x-www-form-urlencoded":             "username=%E5%8C%97+a&next=%2F&x&newsletter=weekly&oldest=1&compass=n",
		"text/plain":                                    "username=a b\r\nc=d=e\r\n",
		"application/json; charset=utf-8":               `{"a":[1,{"b":"c"}],"renewed":true,"news":"x","older":["y"]}`,
		`multipart/form-data; boundary="-X"`:            "---X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\r\n---X--\r\n",
		"Multipart/Form-Data; Boundary=x; charset=utf8": "--x\r\nContent-Disposition: form-data; name=a; filename=\"b\"\r\nContent-Type: text/plain\r\n\r\n\r\n--x--",
	} {
		b := record.Body{Text: text, Size: int64(len(text))}
		new(masker).body(&b, kind)
		if b.Text != text || b.Kept != "" {
			t.Errorf("%s: %q became %q, %s", kind, text, b.Text, b.Kept)
		}
	}
}

// A response does not reveal what is masked in the request, however a page repeats it.
func TestMaskAnswer(t *testing.T) {
	const own = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdef"
	e := record.Exchange{
		Request: record.Request{Target: "/a?pwd=" + url.QueryEscape(secret) + "&b=1", Header: []record.Field{{Name: "cookie", Value: "a=1; sessionlab_7377=" + own}, {Name: "Content-Type", Value: "application/json"}},
			Body: record.Body{Text: `{"new":"and \u0022this\u0022"}`}},
		Response: record.Response{Header: []record.Field{{Name: "Location", Value: "/b?pwd=" + secret}, {Name: "X-Was", Value: own}, {Name: "Set-Cookie", Value: "sessionlab_7377=" + own + "; Path=/"}},
			Body: record.Body{Text: own + `<p title="` + "S3cret &amp; &#34;&lt;ü&gt;&#43;;=%41" + `"><a href="?` + url.QueryEscape(secret) + `">` + `"S3cret \u0026 \"\u003cü\u003e+;=%41" and &#34;this&#34;`}},
	}
	Passwords(&e)
	for _, text := range []string{e.Request.Target, e.Request.Header[0].Value, e.Request.Body.Text, e.Response.Header[0].Value, e.Response.Header[1].Value, e.Response.Header[2].Value, e.Response.Body.Text} {
		if strings.Contains(text, "S3cret") || strings.Contains(text, own) || strings.Contains(text, "this") {
			t.Errorf("%s", text)
		}
	}
	if want := "/a?pwd=••••&b=1"; e.Request.Target != want {
		t.Errorf("the target is %s, want %s", e.Request.Target, want)
	}
}

// A password that begins like another is masked to its end.
func TestMaskLongest(t *testing.T) {
	e := record.Exchange{
		Request:  record.Request{Target: "/?old=abc&new=abcdef"},
		Response: record.Response{Body: record.Body{Text: "abcdef, abc"}},
	}
	Passwords(&e)
	if got := e.Response.Body.Text; got != "••••, ••••" {
		t.Error(got)
	}
}

// Passwords that come back masked go on as they came.
func TestUnmask(t *testing.T) {
	for _, tt := range []struct{ name, original, edited, want string }{
		{"another field was edited", "username=alice&pwd=a%2Bb", "username=bob&pwd=••••", "username=bob&pwd=a%2Bb"},
		{"the order was", "username=alice&pwd=x&pwd=y", "pwd=••••&username=alice&pwd=••••", "pwd=x&username=alice&pwd=y"},
		{"the password was", "username=alice&pwd=x", "username=alice&pwd=z", "username=alice&pwd=z"},
		{"there was none", "username=alice", "pwd=••••", "pwd=••••"},
	} {
		if got := RestoreForm(tt.edited, tt.original); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
