package member

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// TooMany is the answer to who tries too often.
type TooMany struct {
	RetryAfter time.Duration // until the next try is let through
}

func (e *TooMany) Error() string {
	return fmt.Sprintf("too many tries; the next one in %s", e.RetryAfter)
}

// allowance is how many tries are let through at once, and how often one more.
type allowance struct {
	burst int
	every time.Duration
}

// Guessing is slowed three ways. One address at one account: 10 tries, then
// one each 5 s. One account, from wherever: 30 tries, then one each 2 s; tries
// that the first rule refused do not count, so that who guesses cannot keep
// the member out. One address, at whatever account: 200 tries, then five a
// second, enough for a class behind one address.
var (
	perPair    = allowance{10, 5 * time.Second}
	perAccount = allowance{30, 2 * time.Second}
	perAddress = allowance{200, 200 * time.Millisecond}
)

// maxBuckets bounds the memory that strangers can fill, for each of the three.
const maxBuckets = 20_000

type pair struct {
	account string
	address netip.Prefix
}

type throttle struct {
	now func() time.Time

	mu        sync.Mutex
	pairs     map[pair]*rate.Limiter
	accounts  map[string]*rate.Limiter
	addresses map[netip.Prefix]*rate.Limiter
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, pairs: map[pair]*rate.Limiter{}, accounts: map[string]*rate.Limiter{}, addresses: map[netip.Prefix]*rate.Limiter{}}
}

// login takes a try at an account. The caller says by done that it was a good
// one: then the pair's allowance is whole again.
func (t *throttle) login(from netip.Addr, account string) (done func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	p := pair{account, network(from)}
	// In this order: what one rule refuses costs nothing at the next.
	if err := take(bucket(t.addresses, p.address, perAddress, now), now); err != nil {
		return nil, err
	}
	if err := take(bucket(t.pairs, p, perPair, now), now); err != nil {
		return nil, err
	}
	if err := take(bucket(t.accounts, account, perAccount, now), now); err != nil {
		return nil, err
	}
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.pairs, p)
	}, nil
}

// address takes a try that is at no account.
func (t *throttle) address(from netip.Addr) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	return take(bucket(t.addresses, network(from), perAddress, now), now)
}

// network is what one person has of addresses: one of IPv4, a /64 of IPv6.
func network(from netip.Addr) netip.Prefix {
	bits := 32
	if from.Is6() {
		bits = 64
	}
	prefix, err := from.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address: all of these share one allowance
	}
	return prefix
}

func bucket[K comparable](buckets map[K]*rate.Limiter, key K, a allowance, now time.Time) *rate.Limiter {
	b := buckets[key]
	if b == nil {
		if len(buckets) >= maxBuckets {
			drop(buckets, a, now)
		}
		b = rate.NewLimiter(rate.Every(a.every), a.burst)
		buckets[key] = b
	}
	return b
}

// drop makes room: full buckets say nothing; if there are none, some go by
// chance, which a map's order is.
func drop[K comparable](buckets map[K]*rate.Limiter, a allowance, now time.Time) {
	for key, b := range buckets {
		if b.TokensAt(now) >= float64(a.burst) {
			delete(buckets, key)
		}
	}
	for key := range buckets {
		if len(buckets) < maxBuckets*9/10 {
			return
		}
		delete(buckets, key)
	}
}

func take(b *rate.Limiter, now time.Time) error {
	r := b.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return &TooMany{RetryAfter: wait}
	}
	return nil
}
