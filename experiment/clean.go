package experiment

import (
	"slices"

	"sessionlab/cookie"
)

// trace is a line that was set, and where.
type trace struct {
	place Place
	path  string
	line  string
}

func cleaning(place Place) step {
	return step{clean: true, Step: Step{Do: Fetch, At: place, To: place}}
}

// cleanUp adds the steps that delete what the run, and those before it, set.
func (r *Run) cleanUp() {
	r.cleaning = true
	r.jar.Clear()
	for _, p := range Places() {
		if r.World.Has(p) && slices.ContainsFunc(r.set, func(t trace) bool { return t.place == p }) {
			r.steps = append(r.steps, cleaning(p))
		}
	}
}

// undo are the lines that delete what a place set, and forgets it.
func (r *Run) undo(place Place) (lines []string) {
	r.set = slices.DeleteFunc(r.set, func(t trace) bool {
		if t.place != place {
			return false
		}
		if line, ok := Deletion(t.line, t.path); ok && !slices.Contains(lines, line) {
			lines = append(lines, line)
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
	left := r.set
	r.set = nil
	return left
}

// Deletion is the line that deletes the cookie of another that was set at path: of
// the same name, Path and Domain, with its time over (RFC 6265bis, 5.7). There is
// none for a line that is no cookie.
func Deletion(line, path string) (string, bool) {
	parsed := cookie.Parse(line)
	if parsed.Reason != "" {
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
