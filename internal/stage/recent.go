package stage

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sessionlab/cookie"
	"sessionlab/internal/stage/mask"
	"sessionlab/internal/stage/record"
	"sessionlab/session"
)

// The bounds of what is kept of browsers while nobody looks: what a person did just before opening the stage.
const (
	recentTime    = lookTime
	recentEach    = 24       // exchanges of a browser
	recentClients = 64       // browsers
	recentBytes   = 16 << 20 // of all browsers
	recentHead    = 16 << 10 // of a request's head, in bytes
	// A person's pace, in exchanges a second and at once. Whatever is faster is a program.
	recentPace, recentBurst = 5, 24
)

// client tells browsers apart as well as that can be done without a cookie.
type client struct{ host, agent string }

// lately has the newest exchanges of one client.
type lately struct {
	pace *rate.Limiter
	seen time.Time
	all  []passed // the oldest first
}

// passed is an exchange for which nobody looked.
type passed struct {
	*record.Exchange
	visitor string // whom the request named, or ""
	page    string // the token in the page that it brought, or ""
	size    int    // in bytes
}

// recent keeps the newest exchanges of browsers for which nobody looks. It is safe for concurrent use.
type recent struct {
	now func() time.Time

	mu      sync.Mutex
	clients map[client]*lately
	bytes   int
}

func newRecent(now func() time.Time) *recent {
	return &recent{now: now, clients: map[client]*lately{}}
}

func clientOf(r *http.Request) client {
	return client{r.RemoteAddr[:max(0, strings.LastIndexByte(r.RemoteAddr, ':'))], r.Header.Get("User-Agent")}
}

// admits reports whether a request should be recorded although nobody looks.
func (n *recent) admits(r *http.Request) bool {
	size := len(r.RequestURI) + len(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	if size > recentHead {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	of, now := clientOf(r), n.now()
	l := n.clients[of]
	if l == nil {
		maps.DeleteFunc(n.clients, func(_ client, l *lately) bool {
			old := now.Sub(l.seen) > recentTime
			if old {
				n.trim(l, now, 0)
			}
			return old
		})
		if len(n.clients) >= recentClients {
			return false
		}
		l = &lately{pace: rate.NewLimiter(recentPace, recentBurst)}
		n.clients[of] = l
	}
	l.seen = now
	return l.pace.AllowN(now, 1)
}

// add keeps an exchange of an asker. From then on e must not change.
func (n *recent) add(by asker, e *record.Exchange) {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.clients[by.client]
	if l == nil {
		return // it has been silent for too long
	}
	one := passed{e, by.name, by.page, e.Pack() + overhead}
	l.all = append(l.all, one)
	n.bytes += one.size
	n.trim(l, n.now(), recentEach)
	for n.bytes > recentBytes && len(l.all) > 0 {
		n.remove(l, 0)
	}
}

// trim removes exchanges of l that are too old, and the oldest ones beyond most.
func (n *recent) trim(l *lately, now time.Time, most int) {
	for len(l.all) > most || len(l.all) > 0 && now.Sub(l.all[0].Time) > recentTime {
		n.remove(l, 0)
	}
}

func (n *recent) remove(l *lately, i int) {
	n.bytes -= l.all[i].size
	l.all = slices.Delete(l.all, i, i+1)
}

// client returns what is kept of the browser that sent r and of others of its kind. The caller holds n.mu.
func (n *recent) client(r *http.Request) *lately {
	l := n.clients[clientOf(r)]
	if l == nil {
		return &lately{}
	}
	n.trim(l, n.now(), recentEach)
	return l
}

// last returns the newest exchange of the browser that sent r that is one of those requests, such as
// "GET /get_add_cookie"; nil if there is none. visitor is the name that r brings, or "".
func (n *recent) last(r *http.Request, visitor string, requests ...string) *record.Exchange {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.client(r)
	var all []*record.Exchange
	for _, i := range slices.Backward(own(l.all, r, visitor, "")) {
		all = append(all, l.all[i].Exchange)
	}
	return newestOf(all, requests)
}

// take returns the exchanges of the browser that sent r, the oldest first, and forgets them. page is the token
// of the page from which r comes, and visitor is the name that r brings; each may be "".
func (n *recent) take(r *http.Request, visitor, page string) (mine []*record.Exchange) {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.client(r)
	for _, i := range own(l.all, r, visitor, page) {
		mine = append(mine, l.all[i].Exchange)
		n.remove(l, i)
	}
	slices.Reverse(mine)
	return mine
}

// own returns the indexes of those exchanges of a client that come from the browser that sent r, the newest
// first. There may be several of the same kind behind one address. If r names a visitor, the exchange must have
// named the same. Otherwise it must have brought the page of that token, or it must have left exactly the
// cookies that the next one brings, up to r; and without a session it must say nothing about a person.
func own(all []passed, r *http.Request, visitor, page string) (mine []int) {
	cookies := cookiesIn(strings.Join(r.Header["Cookie"], "; "))
	for i, e := range slices.Backward(all) {
		if e.visitor != visitor {
			continue
		}
		left := cookiesLeft(e.Exchange)
		_, plain := left[session.CookieName(false)]
		_, secure := left[session.CookieName(true)]
		length, chunks := record.Get(e.Request.Header, "Content-Length"), record.Get(e.Request.Header, "Transfer-Encoding")
		bare := (length == "" || length == "0") && chunks == "" // it fills in no form
		if visitor != "" || page != "" && e.page == page || maps.Equal(left, cookies) && (plain || secure || len(left) > 0 && bare) {
			mine = append(mine, i)
			cookies = cookiesIn(record.Get(e.Request.Header, "Cookie"))
		}
	}
	return mine
}

// cookiesIn returns the values in a Cookie header by name, without the visitor's own.
func cookiesIn(header string) map[string]string {
	values := map[string]string{}
	for _, pair := range record.CookiePairs(header) {
		if !strings.HasPrefix(pair.Name, mask.VisitorCookie) {
			values[pair.Name] = pair.Value
		}
	}
	return values
}

// cookiesLeft returns the cookies with which an exchange left its browser.
func cookiesLeft(e *record.Exchange) map[string]string {
	values := cookiesIn(record.Get(e.Request.Header, "Cookie"))
	for _, f := range e.Response.Header {
		if !strings.EqualFold(f.Name, "Set-Cookie") {
			continue
		}
		line := cookie.Parse(f.Value)
		if expires, _ := line.Expiry(e.Time); !expires.IsZero() && !expires.After(e.Time) {
			delete(values, line.Name)
		} else if !strings.HasPrefix(line.Name, mask.VisitorCookie) {
			values[line.Name] = line.Value
		}
	}
	return values
}
