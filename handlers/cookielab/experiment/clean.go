package experiment

import (
	"slices"

	"sessionlab/cookie"
)

// trace records a line that was set, and where.
type trace struct {
	way
	path string
	line string
}

// way says which page requests the cleanup of a place: the place's own page or, for a partitioned cookie, the page of
// the site to which the cookie's partition belongs.
type way struct {
	do     Action // Fetch or Frame
	at, to Place
}

// wayTo returns the way by a place's own page.
func wayTo(place Place) way { return way{Fetch, place, place} }

// wayOf returns the way by which the line of a step can be undone.
func wayOf(s Step, line string) way {
	if !s.Do.inside() || cookie.Parse(line).Get("Partitioned") == nil {
		return wayTo(s.To)
	}
	if s.Do == Frame {
		return way{Frame, s.At, s.To}
	}
	return way{Fetch, s.At, s.To}
}

// cleaning returns the step that cleans up in this way.
func cleaning(by way) planned {
	return planned{clean: true, Step: Step{Do: by.do, At: by.at, To: by.to}}
}

// cleanUp adds steps that delete what this run and earlier ones have set.
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

// undo returns lines that delete what was set in one way, and forgets these traces. It returns no more lines than a
// browser accepts in one response.
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

// leave hands over the traces that are not deleted yet, because the run keeps its cookies or its tab went elsewhere.
func (r *Run) leave() []trace {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := r.set[max(0, len(r.set)-maxLeft):]
	r.set = nil
	return left
}

// Deletion returns the line that deletes the cookie which line set at path: one with the same name, Path and Domain
// that has already expired (RFC 6265bis, 5.7). It returns false if line sets no cookie.
func Deletion(line, path string) (string, bool) {
	parsed := cookie.Parse(line)
	if parsed.Reason != "" && parsed.Reason != cookie.ReasonNameValuePairExceedsMaxSize { // some browsers keep these
		return "", false
	}
	deletion := parsed.Name + "="
	if parsed.Name == "" {
		deletion = "deleted" // without a name, there must be a value
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
