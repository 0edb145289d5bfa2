package stage

import (
	"context"
	"fmt"
	"time"

	"sessionlab/internal/stage/record"
)

const (
	// streamQueue is how many events may wait for a reader. A slower reader is dropped; it reconnects and
	// resumes.
	streamQueue = 256
	// maxID is the greatest integer that every reader of JSON keeps exactly.
	maxID = 1 << 53
)

// stream is one reader of a visitor's events.
type stream struct {
	events  chan event
	dropped bool // events is closed; guarded by keeper.mu
}

// event is something that readers are told. The zero event is a heartbeat.
type event struct {
	exchange *record.Exchange // nil for other events, which have a name and data
	name     string
	data     []byte // JSON
}

// tell sends an event to all readers of the visitor's stream.
func (v *visitor) tell(e event) {
	for st := range v.streams {
		st.send(e)
	}
}

func (st *stream) send(e event) {
	if st.dropped {
		return
	}
	select {
	case st.events <- e:
	default:
		st.drop()
	}
}

// drop ends a stream. Its reader still gets the events that wait.
func (st *stream) drop() {
	if !st.dropped {
		st.dropped = true
		close(st.events)
	}
}

// wait returns the next events or a heartbeat, and none when the stream has ended.
func (st *stream) wait(ctx context.Context, closed <-chan struct{}, beat <-chan time.Time) (events []event) {
	select {
	case e, ok := <-st.events:
		for ; ok; e, ok = <-st.events {
			if events = append(events, e); len(st.events) == 0 {
				break
			}
		}
	case <-beat:
		events = []event{{}}
	case <-ctx.Done():
	case <-closed:
	}
	return events
}

// subscribe opens a stream and returns the events with which it begins.
func (k *keeper) subscribe(id string, after uint64) (st *stream, missed []event) {
	st = &stream{events: make(chan event, streamQueue)}
	k.visit(id, func(v *visitor) {
		v.streams[st] = true
		missed = v.missed(after)
	})
	return st, missed
}

func (k *keeper) unsubscribe(id string, st *stream) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if v := k.visitors[id]; v != nil && v.streams[st] {
		delete(v.streams, st)
		v.looked = k.now()
	}
}

// missed returns the events for a reader who last saw the exchange of an ID.
func (v *visitor) missed(after uint64) (events []event) {
	if after > v.last { // from an earlier run of this lab, or from before the visitor was forgotten
		events = append(events, event{name: "gap", data: []byte(`{"missing":0}`)})
		if v.last == 0 && after < maxID {
			v.last = after // so that for the reader IDs keep increasing
		} else {
			after = 0
		}
	}
	all := v.after(after)
	oldest := v.last + 1
	if len(all) > 0 {
		oldest = all[0].ID
	}
	if gap := oldest - after - 1; after > 0 && gap > 0 {
		events = append(events, event{name: "gap", data: fmt.Appendf(nil, `{"missing":%d}`, gap)})
	}
	for _, e := range all {
		events = append(events, event{exchange: e})
	}
	for _, h := range v.hold.waiting {
		events = append(events, h.event())
	}
	return events
}
