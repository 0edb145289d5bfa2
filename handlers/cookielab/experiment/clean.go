package experiment

import (
	"slices"

	"sessionlab/cookie"
)

// trace is a line that was set, and where.
type trace struct {
	way
	path string
	line string
}

// way is how an answer comes to be of a place: asked for by its own page, unless
// what it sets belongs to the page around it (Partitioned).
type way struct {
	do     Action // Fetch or Frame
	at, to Place
}

func wayTo(place Place) way { return way{Fetch, place, place} }

// wayOf is the way on which a step's line can be undone.
func wayOf(s Step, line string) way {
	if !s.Do.inside() || cookie.Parse(line).Get("Partitioned") == nil {
		return wayTo(s.To)
	}
	if s.Do == Frame {
		return way{Frame, s.At, s.To}
	}
	return way{Fetch, s.At, s.To}
}

func cleaning(by way) step {
	return step{clean: true, Step: Step{Do: by.do, At: by.at, To: by.to}}
}

// cleanUp adds the steps that delete what the run, and those before it, set.
func (r *Run) cleanUp() {
	r.left = len(r.set)
	r.jar.Clear()
	var ways []way
	for _, t := range r.set {
		if r.World.Has(t.at) && r.World.Has(t.to) && !slices.Contains(ways, t.way) {
			ways = append(ways, t.way)
			r.steps = append(r.steps, cleaning(t.way))
		}
	}
}

// undo are the lines that delete what was set on a way, and forgets it: as many as a
// browser takes in one answer.
func (r *Run) undo(by way) (lines []string) {
	size := 0
	r.set = slices.DeleteFunc(r.set, func(t trace) bool {
		if t.way != by || size > maxUndo {
			return false
		}
		if line, ok := Deletion(t.line, t.path); ok && !slices.Contains(lines, line) {
			lines, size = append(lines, line), size+len("Set-Cookie: \r\n")+len(line)
		}
		return true
	})
	return lines
}

// leave hands over the traces that nobody has deleted yet: of a run that keeps its
// cookies, or whose tab went elsewhere.
func (r *Run) leave() []trace {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := r.set[max(0, len(r.set)-maxLeft):]
	r.set = nil
	return left
}

// Deletion is the line that deletes the cookie of another that was set at path: of
// the same name, Path and Domain, with its time over (RFC 6265bis, 5.7). There is
// none for a line that is no cookie.
func Deletion(line, path string) (string, bool) {
	parsed := cookie.Parse(line)
	if parsed.Reason != "" && parsed.Reason != cookie.ReasonNameValuePairExceedsMaxSize { // some browsers keep those
		return "", false
	}
	deletion := parsed.Name + "="
	if parsed.Name == "" {
		deletion = "deleted" // without a name there has to be a value
	}
	hasPath := false
	for _, a := range parsed.Attributes {
		if a.Ignored == "" && !a.Is("Expires") && !a.Is("Max-Age") {
			deletion += ";" + a.Text
			hasPath = hasPath || a.Is("Path")
		}
	}
	if !hasPath {
		deletion += "; Path=" + cookie.DefaultPath(path)
	}
	return deletion + "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT", true
}
