package experiment

// shorten removes from a long run that has ended what nobody looks at.
func (r *Run) shorten() {
	for i := range r.seen {
		if o := &r.seen[i]; r.Experiment.Long {
			o.Sent, o.Verdicts = nil, nil
		}
	}
}

// size returns about how many bytes of memory the run takes.
func (r *Run) size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	size := 4096
	for _, o := range r.seen {
		size += 1024 + 2*len(o.Cookie) + 2*len(o.Draft) + 320*len(o.Sent)
		for i, line := range o.Step.Set {
			size += len(line)
			if i < len(o.Verdicts) {
				size += 6 * len(line) // for its verdict and cookie
			}
		}
	}
	for _, t := range r.set {
		size += 128 + 2*len(t.line) // including its cookie in the jar, for traces of an earlier run
	}
	return size
}
