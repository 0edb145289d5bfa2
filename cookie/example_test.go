package cookie_test

import (
	"fmt"
	"net/url"
	"time"

	"sessionlab/cookie"
)

// A browser receives two cookies and sends one of them to a page of the same host.
func Example() {
	jar := cookie.NewJar(cookie.Chromium(), time.Now)
	from, _ := url.Parse("http://localhost:7377/session/")
	for _, line := range []string{"sessionid=abc; Path=/; HttpOnly", "theme=dark; Domain=example.com"} {
		if v := jar.Set(from, line, cookie.Request{}); v.Reason != "" {
			fmt.Println(v.Line.Name, "is refused:", v.Reason, "section", v.Reason.Section())
		}
	}
	to, _ := url.Parse("http://localhost:7377/")
	header, _ := jar.Header(to, cookie.Request{})
	fmt.Println("Cookie:", header)
	// Output:
	// theme is refused: InvalidDomain section 5.7
	// Cookie: sessionid=abc
}

// A link from another site carries a SameSite=Lax cookie; an image there does not.
func ExampleJar_Header() {
	jar := cookie.NewJar(cookie.RFC(), time.Now)
	shop, _ := url.Parse("https://shop.example/")
	jar.Set(shop, "cart=3; SameSite=Lax", cookie.Request{})
	other, _ := url.Parse("https://other.example/")
	for _, request := range []cookie.Request{{Initiator: other}, {Initiator: other, Subresource: true}} {
		_, cookies := jar.Header(shop, request)
		fmt.Printf("%t %q\n", cookies[0].Sent, cookies[0].Reason)
	}
	// Output:
	// true ""
	// false "SameSiteLax"
}

// Parse takes a line apart and says of each ignored attribute why it is ignored.
func ExampleParse() {
	line := cookie.Parse("a=b; Max-Age=soon; Path=/x; Secret")
	fmt.Printf("%q %q\n", line.Name, line.Value)
	for _, part := range line.Attributes {
		fmt.Printf("%q %q\n", part.Text, part.Ignored)
	}
	// Output:
	// "a" "b"
	// " Max-Age=soon" "InvalidMaxAge"
	// " Path=/x" ""
	// " Secret" "UnknownAttribute"
}

func ExampleParseDate() {
	for _, text := range []string{"Wed, 09 Jun 2027 10:18:14 GMT", "10:18:14 june 9th 27", "tomorrow"} {
		fmt.Println(cookie.ParseDate(text))
	}
	// Output:
	// 2027-06-09 10:18:14 +0000 UTC true
	// 2027-06-09 10:18:14 +0000 UTC true
	// 0001-01-01 00:00:00 +0000 UTC false
}
