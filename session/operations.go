package session

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
)

// flashName is where gin-contrib's and gorilla's sessions keep flash messages.
const flashName = "_flash"

// name returns a key of gin-contrib's interface as a name in JSON, as Django does with numbers.
func name(key any) string {
	if s, ok := key.(string); ok {
		return s
	}
	return fmt.Sprint(key)
}

// values are the data of a session, as a handler sees and changes them.
type values struct {
	transaction
}

// ID returns the session's key (Django's session_key): "" until the session is first saved. After
// Cycle it is the new one at once.
func (s *transaction) ID() string {
	s.load()
	return s.key
}

// Get returns a value in the types of Data.Get, or nil. As soon as it is set, an int64 comes back as an
// int, a struct as a map. The caller owns it.
func (s *values) Get(key any) any {
	s.load()
	v, _ := s.view.Get(name(key))
	return v
}

// Set sets a value. The session counts as modified, even by the same value.
func (s *values) Set(key, value any) {
	it, err := newPart(name(key), value)
	if err != nil {
		s.touched = true
		s.fail(err)
		return
	}
	s.edit(func(d *Data) error {
		d.put(it)
		return nil
	})
}

// Delete removes a value. Nothing is modified if there is none.
func (s *values) Delete(key any) { s.Pop(name(key)) }

// Clear removes all values. The session and its key stay.
func (s *values) Clear() {
	s.edit(func(d *Data) error {
		d.Clear()
		return nil
	})
}

// AddFlash adds a message for the next page to the list of that name, "_flash" if none is given.
func (s *Session) AddFlash(value any, list ...string) {
	n := flashList(list)
	it, err := newPart(n, value)
	if err != nil {
		s.touched = true
		s.fail(err)
		return
	}
	s.edit(func(d *Data) error {
		old, _ := d.Get(n)
		messages, _ := old.([]any)
		return d.Set(n, append(messages, it.Value.Any()))
	})
}

// Flashes returns the messages of a list, "_flash" if none is given, and removes them.
func (s *Session) Flashes(list ...string) []any {
	v, _ := s.Pop(flashList(list))
	messages, _ := v.([]any)
	return messages
}

func flashList(list []string) string {
	if len(list) > 0 {
		return list[0]
	}
	return flashName
}

// Save stores the changes now rather than at the end of the request, for handlers that have to know
// whether they are stored. What was saved stays saved even if the request fails later.
func (s *transaction) Save() error {
	if s.err == nil && s.modified() {
		s.fail(s.save(nil))
	}
	return s.err
}

// Modified reports whether the request has changed something that is not saved yet (Django's
// modified). Setting the same value counts as a change.
func (s *transaction) Modified() bool { return s.modified() }

// IsEmpty reports whether there is neither a key nor a value (Django's is_empty): such a session is not
// stored. One with a key and no value is not empty.
func (s *values) IsEmpty() bool {
	s.load()
	return s.key == "" && s.view.Len() == 0
}

// Lookup returns a value and whether there is one; Get cannot tell a missing value from null
// (Django's s[name], with its KeyError as ok).
func (s *values) Lookup(name string) (value any, ok bool) {
	s.load()
	return s.view.Get(name)
}

// Has reports whether there is a value of that name (Django's has_key, and "in").
func (s *values) Has(name string) bool {
	s.load()
	return s.view.Has(name)
}

// Pop removes a value and returns it. Nothing is modified if there is none.
func (s *values) Pop(name string) (value any, ok bool) {
	s.load()
	if value, ok = s.view.Get(name); ok {
		s.edit(func(d *Data) error {
			d.Delete(name)
			return nil
		})
	}
	return value, ok
}

// DeleteFunc removes the values for whose names del returns true, including those that another request
// adds before this one is saved. Nothing is modified if there are none.
func (s *values) DeleteFunc(del func(name string) bool) {
	if !slices.ContainsFunc(s.Keys(), del) {
		return
	}
	s.edit(func(d *Data) error {
		d.DeleteFunc(del)
		return nil
	})
}

// SetDefault returns a value, after setting it if there is none.
func (s *values) SetDefault(name string, value any) any {
	if !s.Has(name) {
		s.Set(name, value)
	}
	return s.Get(name)
}

// SetAll sets several values (Django's update; [Session.Update] is something else here). The session
// counts as modified, even by none. New names are added in alphabetical order.
func (s *values) SetAll(values map[string]any) {
	s.edit(func(*Data) error { return nil })
	for _, name := range slices.Sorted(maps.Keys(values)) {
		s.Set(name, values[name])
	}
}

// SetData sets several values as SetAll does, and keeps their texts and their order.
func (s *values) SetData(values Data) {
	s.edit(func(d *Data) error {
		d.SetAll(values)
		return nil
	})
}

// Data returns all values, as they are now.
func (s *values) Data() Data {
	s.load()
	return s.view
}

// Keys returns the names of all values in the order in which they were first set.
func (s *values) Keys() []string {
	s.load()
	names := make([]string, 0, s.view.Len())
	for _, it := range s.view.items {
		names = append(names, it.Name)
	}
	return names
}

// Items returns names and values as they are now, in the order of Keys.
func (s *values) Items() iter.Seq2[string, any] {
	s.load()
	return s.view.All()
}

// Flush ends the session: once the request has succeeded, its data and its key are gone from the store,
// and the cookie is deleted. Values that are set afterwards begin another session.
func (s *Session) Flush() {
	s.touched = true
	if s.err != nil {
		return
	}
	if s.stored != "" {
		s.doomed = append(s.doomed, s.stored)
	}
	s.forget()
	s.edits, s.saved = nil, false
}

// Cycle gives the session a new key and keeps its data (Django's cycle_key): a key that somebody
// planted before a login is worthless after it. The old key is dead once the request has succeeded.
func (s *Session) Cycle() {
	if s.load() {
		s.key = NewKey()
	}
}

// Renew gives the session a new key only if it still exists: if it is ended before this request is
// saved, it stays ended, and the request fails with ErrInterrupted. Cycle would begin another one.
func (s *Session) Renew() {
	s.Cycle()
	s.renewed = true
}

// Update sets a value to what fn returns for the stored one (nil if there is none), and returns it. No
// other request's change comes in between: parallel increments all count.
//
// It is the one operation that does not wait for the end of the request. It writes to the store at
// once, along with what the request changed before, without reading first, and creates the session if
// there is none. If fn returns an error, nothing is stored and Update returns that error. fn may run
// more than once, and others may wait for it: it only computes, and does not use the session.
func (s *values) Update(name string, fn func(old any) (any, error)) (any, error) {
	s.touched = true
	if s.err != nil {
		return nil, s.err
	}
	var value any
	var refused error
	err := s.save(func(d *Data) error {
		old, _ := d.Get(name)
		if value, refused = fn(old); refused == nil {
			refused = d.Set(name, value)
		}
		return refused
	})
	switch {
	case err == nil:
		return value, nil
	case refused != nil && errors.Is(err, refused):
		return nil, refused
	}
	s.fail(err)
	return nil, s.err
}

// testCookieName and its value are Django's.
const (
	testCookieName  = "testcookie"
	testCookieValue = "worked"
)

// SetTestCookie stores a value that the next request finds only if the browser keeps cookies.
func (s *Session) SetTestCookie() { s.Set(testCookieName, testCookieValue) }

// TestCookieWorked reports whether the test cookie of an earlier request has come back.
func (s *Session) TestCookieWorked() bool { return s.GetString(testCookieName) == testCookieValue }

// DeleteTestCookie removes what SetTestCookie stored, and reports whether it was there (Django
// raises KeyError if not).
func (s *Session) DeleteTestCookie() bool {
	_, ok := s.Pop(testCookieName)
	return ok
}
