package experiment

// The words for values that are neither numbers nor what came.
const (
	Kept       = "kept"
	Changed    = "changed"
	Refused    = "refused"
	Gone       = "gone"
	Sent       = "sent"
	NotSent    = "notsent"
	Yes        = "yes"
	No         = "no"
	First      = "first"  // of two attributes, Max-Age
	Second     = "second" // and Expires
	Oldest     = "oldest"
	Insecure   = "insecure" // the oldest that are not Secure
	Others     = "others"
	NoneGone   = "nonegone"
	Apart      = "apart"
	Shared     = "shared"
	Untold     = "untold"
	Differing  = "differing"
	Equal      = "equal"
	NoHeader   = "noheader"
	OwnName    = "own"
	StaysFirst = "staysfirst"
	MovesBack  = "movesback"
)

// Words returns all of them.
func Words() []string {
	return []string{Kept, Changed, Refused, Gone, Sent, NotSent, Yes, No, First, Second, Oldest, Insecure, Others, NoneGone,
		Apart, Shared, Untold, Differing, Equal, NoHeader, OwnName, StaysFirst, MovesBack}
}

// valueOf takes a value from a result. It returns "" if nothing came.
type valueOf = func(r *Result, came Observation) string

// keeps returns whether a cookie came as it was set.
func keeps(pair string) valueOf {
	return func(_ *Result, came Observation) string { return kept(came, pair, Kept, Refused) }
}

// lasts returns whether a cookie is still there. If the browser understands an expiry in the past, the line leaves nothing.
func lasts(pair string) valueOf {
	return func(_ *Result, came Observation) string { return kept(came, pair, Kept, Gone) }
}

// goes returns whether a cookie was sent with the request of that step.
func goes(step, pair string) valueOf {
	return func(r *Result, _ Observation) string { return kept(r.Of(step), pair, Sent, NotSent) }
}

// kept returns yes if the cookie came, no if it did not, and "" if there was no request.
func kept(o Observation, pair, yes, no string) string {
	switch {
	case !o.Done:
		return ""
	case o.Has(pair):
		return yes
	}
	return no
}

// comes returns how a cookie's value came: as it was set, changed, or not at all.
func comes(name, value string) valueOf {
	return func(_ *Result, came Observation) string {
		got, ok := came.Value(name)
		switch {
		case !came.Done:
			return ""
		case !ok:
			return Refused
		case got == value:
			return Kept
		}
		return Escape(got)
	}
}
