package experiment

// All returns every experiment that a visitor can start by its name.
func All() []Experiment {
	return append(cards(), SameSite(), SameSiteLate(), Domain(), Passport())
}

// Find returns the experiment of that name.
func Find(name string) (Experiment, bool) {
	for _, e := range All() {
		if e.Name == name {
			return e, true
		}
	}
	return Experiment{}, false
}
