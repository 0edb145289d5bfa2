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
		size += 1024 + 4*len(o.Cookie) + 320*len(o.Sent) // and its draft
		for i, line := range o.Step.Set {
			size += len(line)
			if i < len(o.Verdicts) {
				size += 8 * len(line) // its verdict and trace
			}
		}
	}
	return size
}
