package web

import (
	"iter"
	"net/http"
	"slices"
	"strings"

	"sessionlab/cookie"
)

// Reserved reports whether a line may set one of the lab's own cookies, or one that a server takes
// for it: names are compared ignoring case, and a cookie without a name is sent as its value alone,
// which can look like a named one.
func Reserved(line string) bool {
	parsed := cookie.Parse(line)
	return reservedPair(cookie.Cookie{Name: parsed.Name, Value: parsed.Value}.String())
}

func reservedPair(pair string) bool {
	name, _, _ := strings.Cut(pair, "=")
	switch name = strings.ToLower(strings.Trim(name, " \t")); name {
	case "sessionid", "__host-sessionid", "res", "lang":
		return true
	}
	return strings.HasPrefix(name, visitorPrefix)
}

// visitorPrefix begins the name of the cookie by which a visitor is recognized.
const visitorPrefix = "sessionlab_"

// Cookieless reports whether a request lacks the cookie that every experiment sets. If it follows an
// experiment, the browser refuses the lab's cookies.
func Cookieless(r *http.Request) bool {
	return !strings.Contains(strings.Join(r.Header["Cookie"], ";"), visitorPrefix)
}

// Foreign returns a Cookie header without the lab's own cookies.
func Foreign(header string) string {
	return strings.Join(slices.Collect(ForeignPairs(header)), "; ")
}

// ForeignPairs yields the cookies of a Cookie header, such as "a=1", except the lab's own.
func ForeignPairs(header string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for pair := range strings.SplitSeq(header, "; ") {
			if pair != "" && !reservedPair(pair) && !yield(pair) {
				return
			}
		}
	}
}
