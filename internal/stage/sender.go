package stage

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"sessionlab/internal/stage/mask"
	"sessionlab/internal/stage/record"
)

// sender writes events to one reader.
type sender struct {
	stage   *Stage
	request *http.Request // that asked for them
	w       http.ResponseWriter
	control *http.ResponseController
	brief   bool
	text    []byte // still to be written
}

// send writes events. Session keys are hidden but for that of the reader's request, if it is still valid.
func (o *sender) send(events []event) error {
	key := ""
	if slices.ContainsFunc(events, func(e event) bool { return e.exchange != nil }) {
		var err error
		if key, err = o.stage.liveKey(o.request); err != nil {
			return err
		}
	}
	for _, e := range events {
		if err := o.add(e, key); err != nil {
			return err
		}
		if len(o.text) >= streamPiece {
			if err := o.write(); err != nil {
				return err
			}
		}
	}
	if err := o.write(); err != nil {
		return err
	}
	return o.control.Flush()
}

// write writes the text that waits. It fails if the reader is too slow.
func (o *sender) write() error {
	select {
	case <-o.stage.end.closed:
		return http.ErrServerClosed
	default:
	}
	err := o.control.SetWriteDeadline(time.Now().Add(streamPatience))
	if err == nil {
		_, err = o.w.Write(o.text)
	}
	o.text = o.text[:0]
	return err
}

// add appends an event as it goes over the wire (HTML Standard, section 9.2.5). Its data is one line: JSON
// escapes line breaks.
func (o *sender) add(e event, key string) error {
	switch {
	case e.exchange != nil:
		encode := (*record.Exchange).JSON
		if o.brief {
			encode = (*record.Exchange).Row
		}
		data, err := encode(mask.Keys(e.exchange, key))
		if err != nil {
			return err
		}
		o.line("event", "exchange")
		o.line("id", strconv.FormatUint(e.exchange.ID, 10))
		o.line("data", string(data))
	case e.name != "":
		o.line("event", e.name)
		o.line("data", string(e.data))
	default:
		o.text = append(o.text, ": still here\n"...)
	}
	o.text = append(o.text, '\n')
	return nil
}

// line adds a line of an event.
func (o *sender) line(field, value string) {
	o.text = append(append(append(append(o.text, field...), ": "...), value...), '\n')
}
