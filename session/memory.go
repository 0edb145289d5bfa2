package session

import (
	"container/list"
	"sync/atomic"
)

// Limits bound what an engine keeps in memory. The least recently used sessions make room for others.
type Limits struct {
	Entries int   // sessions
	Bytes   int64 // their data as JSON, their keys, and entryOverhead for each
}

// DefaultLimits returns limits for a hundred thousand visitors, in less memory than a browser takes.
func DefaultLimits() Limits { return Limits{Entries: 100_000, Bytes: 64 << 20} }

// entryOverhead is roughly what a session takes in memory besides its texts, in bytes.
const entryOverhead = 256

// Stats are the numbers of an engine's memory since it was created.
type Stats struct {
	Entries      int
	Bytes        int64
	Hits, Misses uint64 // of loads
	Evictions    uint64 // sessions dropped to keep within Limits, not those that expired or were deleted
}

// A memory is a map with limits that drops what was used least recently. Only one goroutine at a time
// may use it, except for its counters of hits and misses.
type memory[V any] struct {
	limits    Limits
	entries   map[string]*list.Element // of *memoryEntry[V]
	order     *list.List               // the most recently used first
	bytes     int64
	evictions uint64

	hits, misses atomic.Uint64
}

type memoryEntry[V any] struct {
	key   string
	value V
	bytes int64
}

func newMemory[V any](limits Limits) *memory[V] {
	return &memory[V]{limits: limits, entries: make(map[string]*list.Element), order: list.New()}
}

// get returns the value of a key and marks it as used.
func (m *memory[V]) get(key string) (value V, ok bool) {
	e, ok := m.entries[key]
	if !ok {
		return value, false
	}
	m.order.MoveToFront(e)
	return e.Value.(*memoryEntry[V]).value, true
}

// put sets the value of a key; size is the value's, in bytes. If the value alone exceeds the limit, the
// key has none afterwards and put returns false.
func (m *memory[V]) put(key string, value V, size int) bool {
	m.remove(key)
	if int64(size+len(key)+entryOverhead) > m.limits.Bytes {
		return false
	}
	entry := &memoryEntry[V]{key, value, int64(size + len(key) + entryOverhead)}
	m.entries[key] = m.order.PushFront(entry)
	m.bytes += entry.bytes
	for len(m.entries) > m.limits.Entries || m.bytes > m.limits.Bytes {
		m.remove(m.order.Back().Value.(*memoryEntry[V]).key)
		m.evictions++
	}
	return true
}

func (m *memory[V]) remove(key string) {
	if e, ok := m.entries[key]; ok {
		m.bytes -= m.order.Remove(e).(*memoryEntry[V]).bytes
		delete(m.entries, key)
	}
}

// count notes whether a load found what it asked for.
func (m *memory[V]) count(hit bool) {
	if hit {
		m.hits.Add(1)
	} else {
		m.misses.Add(1)
	}
}

func (m *memory[V]) stats() Stats {
	return Stats{len(m.entries), m.bytes, m.hits.Load(), m.misses.Load(), m.evictions}
}
