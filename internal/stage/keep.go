package stage

import (
	"container/list"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"sessionlab/cookie"
	"sessionlab/internal/stage/record"
)

// The bounds of what is kept. The oldest goes first.
const (
	MaxExchanges = 200 // of a visitor
	MaxVisitors  = 2000
	MaxBytes     = 64 << 20 // of all visitors
	MaxAge       = time.Hour
)

const (
	// lookTime is how long a visitor's exchanges are recorded after the last look. An open stream counts
	// as looking.
	lookTime = 10 * time.Minute
	// overhead is roughly what the lists need for an exchange, in bytes.
	overhead = 128
)

// keeper keeps the visitors who look and their newest exchanges, within bounds. It is safe for concurrent
// use.
type keeper struct {
	now    func() time.Time
	recent *recent

	mu       sync.Mutex
	visitors map[string]*visitor
	all      *list.List // of *kept, the oldest in front
	bytes    int
}

// visitor is someone who has looked. keeper.mu guards it.
type visitor struct {
	id      string
	looked  time.Time
	last    uint64 // the newest exchange's ID; they begin at 1
	ring    []*list.Element
	streams map[*stream]bool
	hold    hold
	jar     *cookie.Jar
	time    time.Time // of the jar
}

// kept is an exchange in memory.
type kept struct {
	*record.Exchange
	owner *visitor
	size  int // in bytes
}

func newKeeper(now func() time.Time) *keeper {
	return &keeper{now: now, recent: newRecent(now), visitors: map[string]*visitor{}, all: list.New()}
}

// visit notes that a visitor looks, and calls do with the visitor.
func (k *keeper) visit(id string, do func(*visitor)) {
	k.guard(func() { do(k.look(id)) })
}

// guard calls do while nothing else uses the visitors.
func (k *keeper) guard(do func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	do()
}

// look notes that a visitor looks, and returns the visitor. The caller holds k.mu.
func (k *keeper) look(id string) *visitor {
	v, now := k.visitors[id], k.now()
	if v == nil {
		maps.DeleteFunc(k.visitors, func(_ string, v *visitor) bool { // their jars go after an hour, too
			return len(v.streams) == 0 && len(v.ring) == 0 && now.Sub(v.looked) > MaxAge
		})
		if len(k.visitors) >= MaxVisitors {
			k.forgetOldest()
		}
		v = &visitor{id: id, streams: map[*stream]bool{}}
		v.jar = cookie.NewJar(cookie.Chromium(), func() time.Time { return v.time })
		k.visitors[id] = v
	} else if len(v.streams) == 0 && now.Sub(v.looked) > lookTime {
		v.jar.Clear() // what happened to the cookies meanwhile is unknown
	}
	v.looked = now
	k.expire()
	return v
}

// looking returns the visitor of that name, or nil if nobody of that name looks.
func (k *keeper) looking(id string) *visitor {
	k.mu.Lock()
	defer k.mu.Unlock()
	v := k.visitors[id]
	if v == nil || len(v.streams) == 0 && k.now().Sub(v.looked) > lookTime {
		return nil
	}
	return v
}

// adopt gives a visitor what the browser that sent r did while nobody looked. page is the token of the page from
// which r comes, and named is the name that r brings.
func (k *keeper) adopt(id string, r *http.Request, named, page string) {
	all := k.recent.take(r, named, page)
	if len(all) == 0 {
		return
	}
	var v *visitor
	k.visit(id, func(of *visitor) { v = of })
	for _, e := range all {
		k.add(v, e)
	}
}

// nameOf returns the current name of a visitor.
func (k *keeper) nameOf(v *visitor) (id string) {
	k.guard(func() { id = v.id })
	return id
}

// rename gives a visitor another name, and ends the streams that were opened under the old one.
func (k *keeper) rename(old, id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	v := k.visitors[old]
	if v == nil {
		return
	}
	delete(k.visitors, old)
	v.id, v.looked = id, k.now()
	k.visitors[id] = v
	for st := range v.streams {
		st.drop()
	}
	clear(v.streams)
}

// add gives an exchange its ID and keeps it, unless its visitor was forgotten meanwhile. From then on e
// must not change.
func (k *keeper) add(v *visitor, e *record.Exchange) (added bool) {
	k.guard(func() { v.fill(e) })
	one := &kept{Exchange: e, owner: v, size: e.Pack() + overhead}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.visitors[v.id] != v {
		return false
	}
	v.last++
	e.ID = v.last
	v.ring = append(v.ring, k.all.PushBack(one))
	k.bytes += one.size
	if len(v.ring) > MaxExchanges {
		k.remove(v.ring[0])
	}
	k.expire()
	v.tell(event{exchange: e})
	return true
}

// exchanges returns a visitor's exchanges after an ID. It counts as a look.
func (k *keeper) exchanges(id string, after uint64) (all []*record.Exchange) {
	k.visit(id, func(v *visitor) { all = v.after(after) })
	return all
}

// last returns a visitor's newest exchange that is one of those requests, or nil. It does not count as a look.
func (k *keeper) last(id string, requests []string) (last *record.Exchange) {
	k.guard(func() {
		if v := k.visitors[id]; v != nil {
			last = newestOf(v.after(0), requests)
		}
	})
	return last
}

// newestOf returns the last of those exchanges that is one of the requests, or nil.
func newestOf(all []*record.Exchange, requests []string) *record.Exchange {
	for _, e := range slices.Backward(all) {
		if slices.Contains(requests, e.Request.Method+" "+e.Request.Target) {
			return e
		}
	}
	return nil
}

// after returns the exchanges after an ID.
func (v *visitor) after(id uint64) (all []*record.Exchange) {
	for _, element := range v.ring {
		if e := element.Value.(*kept).Exchange; e.ID > id {
			all = append(all, e)
		}
	}
	return all
}

// clear forgets a visitor's exchanges.
func (k *keeper) clear(id string) {
	k.visit(id, func(v *visitor) {
		for len(v.ring) > 0 {
			k.remove(v.ring[0])
		}
	})
}
