package experiment

import "testing"

// Clear-Site-Data and eviction affect all names of a site, so the lab's pages must not belong to it.
func TestSpare(t *testing.T) {
	for _, test := range []struct {
		name, home  string
		place       Place
		wantToSpare bool
	}{
		{"apart", "localhost:7377", Own, true},
		{"itself", "a.lab.localhost:7377", Own, false},
		{"sibling of home", "a.lab.localhost:7377", Sibling, false},
		{"home is a sibling", "b.lab.localhost:7377", Own, false},
		{"other site", "b.lab.localhost:7377", Other, true},
		{"home at another port", "b.lab.localhost:80", Own, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := testWorld()
			w.Home = test.home
			if got := w.Spare(test.place); got != test.wantToSpare {
				t.Errorf("%v, want %v", got, test.wantToSpare)
			}
		})
	}
}
