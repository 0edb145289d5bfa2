package stage

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	heartbeat = 15 * time.Second
	// streamPatience is how long a reader may take for each streamPiece of bytes, beyond what its
	// connection takes in. The end of the lab waits no longer, either.
	streamPatience = 2 * time.Second
	streamPiece    = 64 << 10
	// streamPause lies between two writes to a reader. What happens meanwhile goes out together: who
	// clicks faster than that does not see it, and the lab has other things to do.
	streamPause = 50 * time.Millisecond
	// streamQueue is how many events may wait for a reader. One that is slower is dropped: it comes
	// back, and resumes.
	streamQueue = 256
	// maxID is the greatest integer that every reader of JSON keeps exactly.
	maxID = 1 << 53
)

// stream is one reader of a visitor's events.
type stream struct {
	events  chan event
	dropped bool // events is closed; guarded by Stage.mu
}

// event is one thing to be told. The zero event is a heartbeat.
type event struct {
	exchange *Exchange // nil for another event:
	name     string
	data     []byte // JSON
}

// tell sends an event to all who read the visitor's.
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

func (st *stream) drop() {
	if !st.dropped {
		st.dropped = true
		close(st.events)
	}
}

// Wish is what a reader wants to be told.
type Wish struct {
	Visitor string
	After   uint64 // the exchange after which to begin; 0: the oldest that is kept
	Brief   bool   // of each exchange the fields of a list only
}

// Events sends a visitor's exchanges, and then each one as it happens, as server-sent events: "exchange",
// whose data is JSON; "gap", where some are not kept any more; and "held" and "released" (see Arm). r asks
// for them, and they are shown as to the session that it brings, for as long as that is there. Events
// returns when the reader leaves, is too slow, or the stage closes.
func (s *Stage) Events(w http.ResponseWriter, r *http.Request, wish Wish) error {
	if _, err := s.liveKey(r); err != nil {
		return err
	}
	control := http.NewResponseController(w)
	// The server's own deadlines are meant for answers that end.
	if err := control.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)

	st, missed := s.subscribe(wish.Visitor, wish.After)
	defer s.unsubscribe(wish.Visitor, st)
	out := &sender{stage: s, request: r, w: w, control: control, brief: wish.Brief}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	err := out.send(append([]event{{name: "ready", data: []byte("{}")}}, missed...))
	for err == nil {
		events := s.wait(r.Context(), st, beat.C)
		if len(events) == 0 || out.send(events) != nil || !s.pause(r.Context()) {
			break
		}
	}
	return nil // whatever went wrong on the way: the reader comes back
}

// pause waits between two writes, and reports whether there will be another.
func (s *Stage) pause(ctx context.Context) bool {
	pause := time.NewTimer(streamPause)
	defer pause.Stop()
	select {
	case <-pause.C:
		return true
	case <-ctx.Done():
	case <-s.closed:
	}
	return false
}

// wait returns the events that came, once there are some; none at the end of the stream.
func (s *Stage) wait(ctx context.Context, st *stream, beat <-chan time.Time) (events []event) {
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
	case <-s.closed:
	}
	return events
}

// subscribe opens a stream, and returns what is to be told first.
func (s *Stage) subscribe(id string, after uint64) (*stream, []event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.look(id)
	st := &stream{events: make(chan event, streamQueue)}
	v.streams[st] = true
	var missed []event
	if after > v.last { // of an earlier life of this lab, or from before the visitor was forgotten
		missed = append(missed, event{name: "gap", data: []byte(`{"missing":0}`)})
		if v.last == 0 && after < maxID {
			v.last = after // for the reader they go on increasing
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
		missed = append(missed, event{name: "gap", data: fmt.Appendf(nil, `{"missing":%d}`, gap)})
	}
	for _, e := range all {
		missed = append(missed, event{exchange: e})
	}
	for _, h := range v.hold.waiting {
		missed = append(missed, h.event())
	}
	return st, missed
}

func (s *Stage) unsubscribe(id string, st *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.visitors[id]; v != nil && v.streams[st] {
		delete(v.streams, st)
		v.looked = s.now()
	}
}
