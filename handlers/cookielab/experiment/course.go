package experiment

import "time"

// course holds the steps of a run and how far the run has come.
type course struct {
	steps   []planned
	at      int // index of the next step
	stopped bool
	left    int // number of traces when the last cleanup began; -1 before
	ended   time.Time
}

// planned is a Step or a cleanup.
type planned struct {
	Step
	clean bool
	seen  int // index of its observation
}

// advance moves on from a step, once.
func (c *course) advance(number int) {
	if number == c.at {
		c.at++
	}
}

// stop skips the steps that are left, unless the cleanup has begun.
func (c *course) stop() {
	if c.at < len(c.steps) && c.left < 0 {
		c.stopped, c.at = true, len(c.steps)
	}
}
