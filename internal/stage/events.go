package stage

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
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
	name string
	id   uint64 // of an exchange, whose data does not have it; 0: none
	data []byte // JSON
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

// Events sends a visitor's exchanges after the one of that ID, and then each one as it happens, as
// server-sent events: "exchange", whose data is JSON; "gap", where some are not kept any more; and
// "held" and "released" (see Arm). r asks for them, and they are shown as to the session that it brings,
// for as long as that is there. Events returns when the reader leaves, is too slow, or the stage closes.
func (s *Stage) Events(w http.ResponseWriter, r *http.Request, id string, after uint64) error {
	if _, err := s.liveKey(r); err != nil {
		return err
	}
	ctx := r.Context()
	control := http.NewResponseController(w)
	// The server's own deadlines are meant for answers that end.
	if err := control.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)

	st, missed := s.subscribe(id, after)
	defer s.unsubscribe(id, st)
	var text []byte
	write := func() error {
		select {
		case <-s.closed:
			return http.ErrServerClosed
		default:
		}
		err := control.SetWriteDeadline(time.Now().Add(streamPatience))
		if err == nil {
			_, err = w.Write(text)
		}
		text = text[:0]
		return err
	}
	out := func(events ...event) error {
		events, err := s.show(r, events)
		if err != nil {
			return err
		}
		for _, e := range events {
			if text = e.append(text); len(text) < streamPiece {
				continue
			}
			if err := write(); err != nil {
				return err
			}
		}
		if err := write(); err != nil {
			return err
		}
		return control.Flush()
	}
	if err := out(append([]event{{name: "ready", data: []byte("{}")}}, missed...)...); err != nil {
		return nil // the reader left
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-pause.C: // since the last write
		case <-ctx.Done():
			return nil
		case <-s.closed:
			return nil
		}
		var events []event
		select {
		case e, ok := <-st.events:
			if !ok {
				return nil
			}
			events = append(events, e)
			for len(st.events) > 0 {
				if e, ok := <-st.events; ok {
					events = append(events, e)
				}
			}
		case <-beat.C:
			events = []event{{}}
		case <-ctx.Done():
			return nil
		case <-s.closed:
			return nil
		}
		if out(events...) != nil {
			return nil
		}
		pause.Reset(streamPause)
	}
}

// show returns events as they are shown to the session that r brings now.
func (s *Stage) show(r *http.Request, events []event) (shown []event, err error) {
	var key string
	if slices.ContainsFunc(events, func(e event) bool { return e.name == "exchange" }) {
		if key, err = s.liveKey(r); err != nil {
			return nil, err
		}
	}
	for _, e := range events {
		if e.name == "exchange" {
			exchange, err := decode(e.data, e.id)
			if err != nil {
				return nil, err
			}
			if exchange = exchange.Shown(key); exchange.Hidden {
				if e.data, err = exchange.encode(); err != nil {
					return nil, err
				}
			}
		}
		shown = append(shown, e)
	}
	return shown, nil
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
		oldest = all[0].id
	}
	if gap := oldest - after - 1; after > 0 && gap > 0 {
		missed = append(missed, event{name: "gap", data: fmt.Appendf(nil, `{"missing":%d}`, gap)})
	}
	for _, k := range all {
		missed = append(missed, k.event())
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

// append appends an event as it is sent (HTML Standard, section 9.2.5).
func (e event) append(text []byte) []byte {
	if e.name == "" {
		return append(text, ": still here\n\n"...)
	}
	text = append(append(append(text, "event: "...), e.name...), '\n')
	data := e.data
	if e.id > 0 {
		text = append(strconv.AppendUint(append(text, "id: "...), e.id, 10), '\n')
		text = append(strconv.AppendUint(append(text, `data: {"id":`...), e.id, 10), ',')
		data = data[len("{"):]
	} else {
		text = append(text, "data: "...)
	}
	return append(append(text, data...), "\n\n"...) // one line: JSON escapes line breaks
}
