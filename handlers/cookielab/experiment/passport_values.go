package experiment

// The words that values are, beside numbers and what came as it is.
const (
	Kept       = "kept"
	Changed    = "changed"
	Refused    = "refused"
	Gone       = "gone"
	Sent       = "sent"
	NotSent    = "notsent"
	Yes        = "yes"
	No         = "no"
	First      = "first"  // Max-Age, among two
	Second     = "second" // Expires
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

// Words are all of them.
func Words() []string {
	return []string{Kept, Changed, Refused, Gone, Sent, NotSent, Yes, No, First, Second, Oldest, Insecure, Others, NoneGone,
		Apart, Shared, Untold, Differing, Equal, NoHeader, OwnName, StaysFirst, MovesBack}
}

// A value is read off a result in a few ways. All give "" where nothing came.
type valueOf = func(r *Result, came Observation) string

// keeps tells whether a cookie came as it was set.
func keeps(pair string) valueOf {
	return func(_ *Result, came Observation) string { return kept(came, pair, Kept, Refused) }
}

// lasts tells whether a cookie is still there: a line with an end that has passed
// leaves nothing where it is understood.
func lasts(pair string) valueOf {
	return func(_ *Result, came Observation) string { return kept(came, pair, Kept, Gone) }
}

// goes tells whether a cookie went with the request of that step.
func goes(step, pair string) valueOf {
	return func(r *Result, _ Observation) string { return kept(r.Of(step), pair, Sent, NotSent) }
}

func kept(o Observation, pair, yes, no string) string {
	switch {
	case !o.Done:
		return ""
	case o.Has(pair):
		return yes
	}
	return no
}

// comes is the value with which a cookie came: as it was set, in another shape, or not at all.
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
