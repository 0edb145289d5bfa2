package experiment

// shorten lets go, of a long run that is over, of what nobody asks.
func (r *Run) shorten() {
	for i := range r.seen {
		if o := &r.seen[i]; r.Experiment.Long {
			o.Sent, o.Verdicts = nil, nil
		}
	}
}

// size is about how many bytes of memory the run takes.
func (r *Run) size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	size := 4096
	for _, o := range r.seen {
		size += 1024 + 2*len(o.Cookie) + 2*len(o.Draft) + 320*len(o.Sent)
		for i, line := range o.Step.Set {
			size += len(line)
			if i < len(o.Verdicts) {
				size += 6 * len(line) // its verdict and cookie
			}
		}
	}
	for _, t := range r.set {
		size += 128 + 2*len(t.line) // and its cookie, of a run before
	}
	return size
}
