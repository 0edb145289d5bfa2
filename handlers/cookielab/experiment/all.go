package experiment

// All are the experiments that are started by their name.
func All() []Experiment {
	return append(cards(), SameSite(), SameSiteLate(), Domain(), Passport())
}

// Find is the experiment of that name.
func Find(name string) (Experiment, bool) {
	for _, e := range All() {
		if e.Name == name {
			return e, true
		}
	}
	return Experiment{}, false
}
