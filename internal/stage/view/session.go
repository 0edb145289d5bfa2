package view

import (
	"time"

	"sessionlab/internal/stage/record"
	"sessionlab/session"
)

// SessionView is a session before and after, as a step shows it.
type SessionView struct {
	Before, After *record.StoredSession // nil: there was none
	Entries       []Entry
	Expiry        Change // of its expiry date
}

// Entry is one name of a session's data, with its values in JSON as the store has them.
type Entry struct {
	Name        string
	Before, Now string
	Change      Change
}

// Moved reports whether the session has a new key.
func (v *SessionView) Moved() bool {
	return v.Before != nil && v.After != nil && v.Before.Key != v.After.Key
}

// TooLarge reports whether data was left out.
func (v *SessionView) TooLarge() bool {
	return v.After != nil && v.After.Data == nil || v.Before != nil && v.Before.Data == nil
}

// Kept returns the session after the exchange or, if it is gone, before it.
func (v *SessionView) Kept() *record.StoredSession {
	if v.After != nil {
		return v.After
	}
	return v.Before
}

// Raw returns the session as the engine keeps it, taken apart; nil where that is no signed text.
func (v *SessionView) Raw() *session.Signed {
	if kept := v.Kept(); kept != nil {
		if signed, ok := session.ParseSigned(kept.Raw); ok {
			return &signed
		}
	}
	return nil
}

// viewSession compares a session before and after, name by name in the order of the store. Names that are
// gone come last.
func viewSession(before, after *record.StoredSession) *SessionView {
	v := &SessionView{Before: before, After: after}
	old, now := entries(before), entries(after)
	for _, e := range now {
		e.Change = New
		for _, o := range old {
			if o.Name != e.Name {
				continue
			}
			e.Before, e.Change = o.Now, Same
			if o.Now != e.Now {
				e.Change = Changed
			}
		}
		v.Entries = append(v.Entries, e)
	}
	for _, o := range old {
		gone := true
		for _, e := range now {
			gone = gone && e.Name != o.Name
		}
		if gone {
			v.Entries = append(v.Entries, Entry{Name: o.Name, Before: o.Now, Change: Gone})
		}
	}
	if before != nil && after != nil && !before.Expires.Truncate(time.Second).Equal(after.Expires.Truncate(time.Second)) {
		v.Expiry = Changed
	}
	return v
}

// entries returns the entries of a session's data in their order, none if it is not a JSON object.
func entries(s *record.StoredSession) (all []Entry) {
	if s == nil {
		return nil
	}
	data, err := session.ParseData(s.Data)
	if err != nil {
		return nil
	}
	for name, value := range data.Values() {
		all = append(all, Entry{Name: name, Now: string(value)})
	}
	return all
}

func (v *SessionView) says() Sentence {
	changed := 0
	for _, e := range v.Entries {
		if e.Change != Same {
			changed++
		}
	}
	switch {
	case v.After == nil:
		return Sentence{ID: "stage.says.session.gone"}
	case v.Before == nil:
		return Sentence{ID: "stage.says.session.new"}
	case v.Moved():
		return Sentence{"stage.says.session.moved", []any{"Count", changed}}
	case changed == 0:
		return Sentence{ID: "stage.says.session.read"}
	}
	return Sentence{"stage.says.session.changed", []any{"Count", changed}}
}
