package stage

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"sessionlab/internal/database"
	"sessionlab/internal/stage/record"
	"sessionlab/session"
)

// lab is a minimal site with a stage.
type lab struct {
	*Stage
	t      *testing.T
	server *httptest.Server
	now    func() time.Time

	sessions *session.Cache
}

func newLab(t *testing.T, handler http.HandlerFunc) *lab {
	l := &lab{t: t, sessions: session.NewCache(session.DefaultLimits(), time.Now)}
	var mu sync.Mutex
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	l.now = func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(time.Millisecond)
		return at
	}
	l.Stage = Open("db", l.sessions, func(string) record.Source { return record.Source{} }, func() time.Time { return l.now() })
	mux := http.NewServeMux()
	mux.HandleFunc("/stage/events", func(w http.ResponseWriter, r *http.Request) {
		if err := l.Events(w, r, Wish{Visitor: l.Visitor(w, r)}); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("/", handler)
	l.server = httptest.NewUnstartedServer(l.Wrap(Inside(mux)))
	l.server.Config.ConnContext, l.server.Config.ConnState = ConnContext, ConnState
	l.server.Listener = Listener(l.server.Listener)
	l.server.Start()
	t.Cleanup(func() {
		l.Close()
		l.server.Close()
	})
	return l
}

// visitor returns a client with a jar, and its name on the stage.
func (l *lab) visitor() (client *http.Client, id string) {
	jar, _ := cookiejar.New(nil)
	client = &http.Client{Jar: jar}
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	addr := l.server.Listener.Addr()
	id = l.Visitor(w, r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, addr)))
	at, _ := url.Parse(l.server.URL)
	jar.SetCookies(at, w.Result().Cookies())
	l.Exchanges(Viewer{Visitor: id}) // looks
	return client, id
}

func (l *lab) get(client *http.Client, path string) {
	l.t.Helper()
	response, err := client.Get(l.server.URL + path)
	if err != nil {
		l.t.Fatal(err)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
}

// keeps waits until a visitor has n exchanges, and returns them.
func (l *lab) keeps(id string, n int) []*record.Exchange {
	l.t.Helper()
	all := l.waitFor(id, func(all []*record.Exchange) bool { return len(all) == n })
	if len(all) != n {
		l.t.Errorf("%d are kept, want %d", len(all), n)
	}
	return all
}

// waitFor returns a visitor's exchanges once there are enough, or after some time: a response may be read
// before its exchange is kept.
func (l *lab) waitFor(id string, enough func(all []*record.Exchange) bool) []*record.Exchange {
	l.t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		all := l.Exchanges(Viewer{Visitor: id})
		if enough(all) || time.Now().After(end) {
			return all
		}
	}
}

// Every bound holds, and the oldest exchanges go first.
func TestBounds(t *testing.T) {
	l := newLab(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, strings.Repeat("x", 20<<10))
	})
	client, id := l.visitor()
	for range MaxExchanges + 3 {
		l.get(client, "/")
	}
	all := l.keeps(id, MaxExchanges)
	if first, last := all[0], all[len(all)-1]; first.ID != 4 || last.ID != MaxExchanges+3 {
		t.Errorf("kept are %d to %d", first.ID, last.ID)
	}
	if b := all[0].Response.Body; len(b.Text) != record.MaxBody || b.Cut() != 4<<10 {
		t.Errorf("of a body %d bytes are kept, %d cut", len(b.Text), b.Cut())
	}
	l.kept.mu.Lock()
	var gone []weak.Pointer[kept]
	for _, element := range l.kept.visitors[id].ring {
		gone = append(gone, weak.Make(element.Value.(*kept)))
	}
	l.kept.mu.Unlock()
	// All visitors together get at most MaxBytes.
	for range 2 * MaxBytes / record.MaxBody / MaxExchanges {
		other, _ := l.visitor()
		for range MaxExchanges {
			l.get(other, "/")
		}
	}
	l.kept.mu.Lock()
	if l.kept.bytes > MaxBytes || l.kept.bytes < MaxBytes/2 {
		t.Errorf("%d bytes are kept", l.kept.bytes)
	}
	l.kept.mu.Unlock()
	l.keeps(id, 0)
	runtime.GC()
	for i, k := range gone {
		if k.Value() != nil {
			t.Fatalf("exchange %d is removed, and still in memory", i)
		}
	}

	for range MaxVisitors + 10 {
		l.visitor()
	}
	l.kept.mu.Lock()
	if len(l.kept.visitors) != MaxVisitors {
		t.Errorf("%d visitors are known", len(l.kept.visitors))
	}
	l.kept.mu.Unlock()

	client, id = l.visitor()
	l.get(client, "/")
	l.keeps(id, 1)
	before := l.now
	l.now = func() time.Time { return before().Add(MaxAge + time.Second) }
	l.keeps(id, 0)
	l.visitor()
	l.kept.mu.Lock()
	defer l.kept.mu.Unlock()
	if len(l.kept.visitors) != 2 { // the one who looked just now, and the new one
		t.Errorf("after an hour %d visitors are known", len(l.kept.visitors))
	}
}

// A thousand streams come and go and leave nothing behind; closing the stage ends all streams.
func TestStreamsEnd(t *testing.T) {
	l := newLab(t, func(http.ResponseWriter, *http.Request) {})
	before := runtime.NumGoroutine()
	open := func(n int) (cancel func(), ended *sync.WaitGroup) {
		ctx, cancel := context.WithCancel(context.Background())
		ended = new(sync.WaitGroup)
		var ready sync.WaitGroup
		transport := &http.Transport{}
		for range n {
			ready.Add(1)
			ended.Go(func() {
				defer transport.CloseIdleConnections()
				r, _ := http.NewRequestWithContext(ctx, "GET", l.server.URL+"/stage/events", nil)
				response, err := transport.RoundTrip(r)
				if err != nil {
					t.Error(err)
					ready.Done()
					return
				}
				defer response.Body.Close()
				line, err := bufio.NewReader(response.Body).ReadString('\n')
				if err != nil || line != "event: ready\n" {
					t.Errorf("%q, %v", line, err)
				}
				ready.Done()
				io.Copy(io.Discard, response.Body)
			})
		}
		ready.Wait()
		return cancel, ended
	}
	cancel, ended := open(1000)
	cancel()
	ended.Wait()
	for end := time.Now().Add(20 * time.Second); l.streams() > 0 || runtime.NumGoroutine() > before+10; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d streams are left, and %d goroutines, %d before", l.streams(), runtime.NumGoroutine(), before)
		}
	}

	_, ended = open(10)
	l.Close()
	ended.Wait()
}

// streams returns how many streams are open.
func (l *lab) streams() (n int) {
	l.kept.mu.Lock()
	defer l.kept.mu.Unlock()
	for _, v := range l.kept.visitors {
		n += len(v.streams)
	}
	return n
}

// A reader that does not read is dropped and delays nobody.
func TestSlowReader(t *testing.T) {
	l := newLab(t, func(http.ResponseWriter, *http.Request) {})
	_, id := l.visitor()
	st, _ := l.kept.subscribe(id, 0)
	l.kept.mu.Lock()
	v := l.kept.visitors[id]
	l.kept.mu.Unlock()
	for range streamQueue + 1 {
		if !l.kept.add(v, &record.Exchange{Time: l.now()}) {
			t.Fatal("it was not kept")
		}
	}
	l.kept.mu.Lock()
	defer l.kept.mu.Unlock()
	if !st.dropped {
		t.Error("the reader still counts as one")
	}
}

// For the reader of a visitor who was forgotten, or of a lab that was restarted, IDs keep increasing.
func TestIDsGoOn(t *testing.T) {
	l := newLab(t, func(http.ResponseWriter, *http.Request) {})
	client, id := l.visitor()
	resume := func(after uint64, want string) {
		t.Helper()
		_, missed := l.kept.subscribe(id, after)
		var got []string
		for _, e := range missed {
			if e.exchange != nil {
				e.name = fmt.Sprint("exchange ", e.exchange.ID)
			}
			got = append(got, e.name)
		}
		if got := strings.Join(got, ", "); got != want {
			t.Errorf("after %d comes %q, want %q", after, got, want)
		}
	}
	resume(57, "gap") // nobody is known by that name
	resume(57, "")    // now somebody is
	l.get(client, "/")
	if e := l.keeps(id, 1)[0]; e.ID != 58 {
		t.Errorf("the next one is %d", e.ID)
	}
	resume(57, "exchange 58")
	resume(58, "")
	resume(55, "gap, exchange 58")
	resume(59, "gap, exchange 58") // which was never
	resume(^uint64(0), "gap, exchange 58")

	_, id = l.visitor()
	resume(^uint64(0), "gap") // no number to go on with
	resume(0, "")
}

// Closing the stage does not wait for a reader, not even for one whose connection is stuck.
func TestStuckReader(t *testing.T) {
	l := newLab(t, func(http.ResponseWriter, *http.Request) {})
	_, id := l.visitor()
	l.kept.mu.Lock()
	v := l.kept.visitors[id]
	l.kept.mu.Unlock()
	big := record.Body{Text: strings.Repeat("x", 100<<10)}
	for range MaxExchanges { // more than connections take in
		if !l.kept.add(v, &record.Exchange{Time: l.now(), Response: record.Response{Body: big}}) {
			t.Fatal("it was not kept")
		}
	}
	conn, err := net.Dial("tcp", l.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, port, _ := net.SplitHostPort(l.server.Listener.Addr().String())
	fmt.Fprintf(conn, "GET /stage/events HTTP/1.1\r\nHost: localhost\r\nCookie: sessionlab_%s=%s\r\n\r\n", port, id+l.names.sign(id))
	for l.streams() == 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond) // it is stuck now
	if l.streams() != 1 {
		t.Fatal("the reader is not stuck")
	}
	start := time.Now()
	l.Close()
	for l.streams() > 0 && time.Since(start) < 20*time.Second {
		time.Sleep(time.Millisecond)
	}
	if took := time.Since(start); took > 2500*time.Millisecond {
		t.Errorf("the stream ended after %v", took)
	}
}

// A held request goes on after a minute, and ends when its client leaves.
func TestHoldEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Open("db", session.NewCache(session.DefaultLimits(), time.Now), func(string) record.Source { return record.Source{} }, time.Now)
		ran := 0
		handler := s.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran++ }))
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		id := s.Visitor(w, r)
		r.AddCookie(w.Result().Cookies()[0])

		s.Arm(Viewer{Visitor: id}, true)
		start := time.Now()
		handler.ServeHTTP(httptest.NewRecorder(), r)
		if waited := time.Since(start); waited != HoldTime || ran != 1 {
			t.Errorf("it waited %v, and ran %d times", waited, ran)
		}

		s.Arm(Viewer{Visitor: id}, true)
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		handler.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
		if len(s.Held(Viewer{Visitor: id})) != 0 {
			t.Error("it still waits for a client who has left")
		}
		if s.Armed(Viewer{Visitor: id}) {
			t.Error("the next one would wait, too")
		}
	})
}

// A handler that panics is shown, and a panic of the stage harms nobody.
func TestFailures(t *testing.T) {
	l := newLab(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic(http.ErrAbortHandler)
		}
		NoteHandler(r.Context(), "Nothing")
		fmt.Fprint(w, "fine")
	})
	l.Stage.source = func(string) record.Source { panic("no source") }
	client, id := l.visitor()
	l.get(client, "/")
	if _, err := client.Get(l.server.URL + "/panic"); err == nil {
		t.Error("a panic was answered")
	}
	for _, e := range l.keeps(id, 2) { // the client tries again on a new connection
		if e.Response.Status != 0 || e.Request.Target != "/panic" {
			t.Errorf("kept is %+v", e)
		}
	}
}

// Wherever the stage panics, every request is answered and the stage goes on.
func TestPanics(t *testing.T) {
	l := newLab(t, func(w http.ResponseWriter, r *http.Request) {
		if rec, ok := r.Context().Value(recordingKey{}).(*recording); ok {
			whole := rec.stage
			rec.stage = nil
			rec.access(session.Access{Before: &session.Record{}})
			rec.stage = whole
			rec.statement(database.Statement{Args: []any{broken{}}})
		}
		fmt.Fprint(w, "fine")
	})
	client, id := l.visitor()
	var left atomic.Int64
	fine := l.now
	l.now = func() time.Time {
		if left.Add(-1) == 0 {
			panic("the clock is broken")
		}
		return fine()
	}
	const places = 12 // more than there are
	for nth := range places {
		left.Store(int64(nth + 1))
		l.get(client, "/")
	}
	left.Store(0)
	l.get(client, "/last")
	last := func(all []*record.Exchange) bool { return len(all) > 0 && all[len(all)-1].Request.Target == "/last" }
	if all := l.waitFor(id, last); !last(all) {
		t.Errorf("%d are kept, without the last", len(all))
	}
}

// broken is a value that cannot even be printed.
type broken struct{}

func (broken) String() string { panic("no text") }
