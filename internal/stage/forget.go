package stage

import "container/list"

// expire removes exchanges that are too old, and the oldest ones while there are too many bytes.
func (k *keeper) expire() {
	old := k.now().Add(-MaxAge)
	for front := k.all.Front(); front != nil; front = k.all.Front() {
		if k.bytes <= MaxBytes && front.Value.(*kept).Time.After(old) {
			break
		}
		k.remove(front)
	}
}

// remove removes an exchange, which must be the oldest of its visitor.
func (k *keeper) remove(e *list.Element) {
	one := k.all.Remove(e).(*kept)
	k.bytes -= one.size
	one.owner.ring[0] = nil // otherwise the array would keep it alive for as long as the visitor is known
	one.owner.ring = one.owner.ring[1:]
}

// forgetOldest forgets the visitor who looked longest ago. One with an open stream is forgotten only if
// all have one.
func (k *keeper) forgetOldest() {
	var oldest *visitor
	for _, v := range k.visitors {
		if oldest == nil || v.before(oldest) {
			oldest = v
		}
	}
	for st := range oldest.streams {
		st.drop()
	}
	for len(oldest.ring) > 0 {
		k.remove(oldest.ring[0])
	}
	delete(k.visitors, oldest.id)
}

// before reports whether v should be forgotten before other.
func (v *visitor) before(other *visitor) bool {
	if watches := len(v.streams) > 0; watches != (len(other.streams) > 0) {
		return !watches
	}
	return v.looked.Before(other.looked)
}
