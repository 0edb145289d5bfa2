package storetest

import (
	"fmt"
	"time"
)

// The parts of the suite about expiry.

func (s *suite) expired() {
	s.create(s.record(key1, text))
	s.clock.Advance(time.Hour - time.Microsecond)
	s.wantData(key1, text)
	s.clock.Advance(time.Microsecond)
	s.wantNone(key1)
}

func (s *suite) expiredKey() {
	s.create(s.record(key1, `{"old":1}`))
	s.clock.Advance(time.Hour)
	s.create(s.record(key1, `{"new":1}`))
	s.wantData(key1, `{"new":1}`)
}

func (s *suite) deleteExpired() {
	if s.engine.ExpiresItself {
		s.create(s.record(key1, text))
		s.clock.Advance(2 * time.Hour)
		s.wantDeleted(0)
		s.wantNone(key1)
		return
	}
	const dead = 25
	for i := range dead {
		s.create(s.record(fmt.Sprintf("%032d", i), text))
	}
	s.clock.Advance(30 * time.Minute)
	s.create(s.record(key1, text)) // lives for half an hour longer
	s.clock.Advance(30*time.Minute + time.Second)
	var batches []int
	for range 10 {
		n, err := s.store.DeleteExpired(s.Context(), s.clock.Now(), 10)
		if err != nil {
			s.Fatal(err)
		}
		batches = append(batches, n)
		if n < 10 {
			break
		}
	}
	if fmt.Sprint(batches) != "[10 10 5]" {
		s.Errorf("deleted %v, want [10 10 5]", batches)
	}
	s.wantData(key1, text)
	for i := range dead {
		s.wantNone(fmt.Sprintf("%032d", i))
	}
}

// wantDeleted fails unless DeleteExpired deletes so many now.
func (s *suite) wantDeleted(want int) {
	s.Helper()
	if n, err := s.store.DeleteExpired(s.Context(), s.clock.Now(), 10); err != nil || n != want {
		s.Errorf("deleted %d (%v), want %d", n, err, want)
	}
}

func (s *suite) noEnd() {
	r := s.record(key1, text)
	r.Expires = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	s.create(r)
	s.clock.Advance(200 * 365 * 24 * time.Hour)
	s.wantDeleted(0)
	s.wantData(key1, text)
}
