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
	// connection buffers. The end of the lab waits no longer than that.
	streamPatience = 2 * time.Second
	streamPiece    = 64 << 10
	// streamPause is the time between two writes to a reader. What happens meanwhile goes out together:
	// nobody can tell the difference, and it saves the lab work.
	streamPause = 50 * time.Millisecond
)

// Wish says which events a reader wants.
type Wish struct {
	Visitor string
	Page    string // the token of the reader's page, or "": what led to it is shown, too; see PageToken
	After   uint64 // the exchange after which to begin; 0: the oldest that is kept
	Brief   bool   // only the fields that a list shows, instead of whole exchanges
}

// Events answers r with a visitor's exchanges, and then with each one as it happens, as server-sent
// events: "exchange", whose data is JSON; "gap", where some are no longer kept; and "held" and "released"
// (see Arm). Session keys are hidden but for that of the session that r brings, while it exists. Events
// returns when the reader leaves or is too slow, or when the stage closes.
func (s *Stage) Events(w http.ResponseWriter, r *http.Request, wish Wish) error {
	if _, err := s.liveKey(r); err != nil {
		return err
	}
	control := http.NewResponseController(w)
	// The server's deadlines are meant for responses that end.
	if err := control.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)

	s.kept.adopt(wish.Visitor, r, s.Known(r), wish.Page)
	st, missed := s.kept.subscribe(wish.Visitor, wish.After)
	defer s.kept.unsubscribe(wish.Visitor, st)
	out := &sender{stage: s, request: r, w: w, control: control, brief: wish.Brief}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	err := out.send(append([]event{{name: "ready", data: []byte("{}")}}, missed...))
	for err == nil {
		events := st.wait(r.Context(), s.end.closed, beat.C)
		if len(events) == 0 || out.send(events) != nil || !pause(r.Context(), s.end.closed) {
			break
		}
	}
	return nil // whatever went wrong: the reader reconnects
}

// pause waits between two writes, and reports whether there will be another.
func pause(ctx context.Context, closed <-chan struct{}) bool {
	pause := time.NewTimer(streamPause)
	defer pause.Stop()
	select {
	case <-pause.C:
		return true
	case <-ctx.Done():
	case <-closed:
	}
	return false
}
