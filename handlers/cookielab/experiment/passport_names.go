package experiment

// nameFacts returns the facts about prefixes and Secure.
func nameFacts() []Fact {
	const group = "prefixes"
	return []Fact{
		{Name: "secure", Group: group, Section: "5.8.3", Open: true, Lines: []string{"secure=1; Secure"}, Value: keeps("secure=1")},
		{Name: "securenames", Group: group, Section: "5.4", Lines: []string{"__Secure-a=1"}, Value: keeps("__Secure-a=1")},
		{Name: "hosttrue", Group: group, Section: "5.4", Open: true, Lines: []string{"__Host-a=1; Secure; Path=/"}, Value: keeps("__Host-a=1")},
		{Name: "hostpath", Group: group, Section: "5.4", Lines: []string{"__Host-b=1; Secure; Path=/try"}, Value: keeps("__Host-b=1")},
		{Name: "hostcase", Group: group, Section: "5.4", Lines: []string{"__hOsT-c=1"}, Value: keeps("__hOsT-c=1")},
		{Name: "http", Group: group, Section: "5.4", Lines: []string{"__Http-a=1; Secure"}, Value: keeps("__Http-a=1")},
		{Name: "hosthttp", Group: group, Section: "5.4", Lines: []string{"__Host-Http-a=1; Secure; Path=/"}, Value: keeps("__Host-Http-a=1")},
		{Name: "namelessprefix", Group: group, Section: "5.7", Lines: []string{"=__Host-d=1"}, Value: keeps("__Host-d=1")},
		{Name: "overwrite", Group: group, Section: "5.7", Open: true, Lines: []string{"overwrite=1; Secure", "overwrite=2"}, Value: func(_ *Result, came Observation) string {
			return kept(came, "overwrite=2", Changed, Kept)
		}},
	}
}
