package cookie

import (
	"cmp"
	"slices"
)

// evict makes room if a new cookie made the jar too full (5.7). Cookies that are not
// Secure go first, and among those the least recently used.
func (j *Jar) evict(came *Cookie) {
	p := j.profile
	j.purge(p.PerSite, p.PurgeSite, func(c *Cookie) bool {
		return c.Partition == came.Partition && c.site == came.site
	})
	j.purge(p.Total, p.PurgeTotal, func(*Cookie) bool { return true })
}

// purge removes number of the cookies chosen by among if there are more than limit.
func (j *Jar) purge(limit, number int, among func(*Cookie) bool) {
	if limit == 0 || len(j.cookies) <= limit {
		return
	}
	var all []*Cookie
	for _, c := range j.cookies {
		if among(c) {
			all = append(all, c)
		}
	}
	if len(all) <= limit {
		return
	}
	slices.SortFunc(all, func(a, b *Cookie) int {
		return cmp.Or(compareBool(a.Secure, b.Secure), a.Accessed.Compare(b.Accessed), a.Created.Compare(b.Created), a.order-b.order)
	})
	gone := map[*Cookie]bool{}
	for _, c := range all[:min(number, len(all))] {
		gone[c] = true
	}
	j.cookies = slices.DeleteFunc(j.cookies, func(c *Cookie) bool { return gone[c] })
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
