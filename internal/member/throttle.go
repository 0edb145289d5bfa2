package member

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// TooMany is the error for too many tries.
type TooMany struct {
	RetryAfter time.Duration // until the next try is allowed
}

// Error says when to try again.
func (e *TooMany) Error() string {
	return fmt.Sprintf("too many tries; the next one in %s", e.RetryAfter)
}

// allowance is a number of tries at once, and the time after which one more is allowed.
type allowance struct {
	burst int
	every time.Duration
}

// Guessing is limited in three ways. From one address at one account: 10 tries, then one every 5 s. At one
// account from anywhere: 30 tries, then one every 2 s. Tries that the first rule refuses do not count here,
// so guessing cannot keep the member out. From one address at any account: 200 tries, then five a second,
// which is enough for a class behind one address.
var (
	perPair    = allowance{10, 5 * time.Second}
	perAccount = allowance{30, 2 * time.Second}
	perAddress = allowance{200, 200 * time.Millisecond}
)

// maxBuckets bounds the memory that strangers can fill, for each of the three rules.
const maxBuckets = 20_000

// pair identifies tries at one account from one address.
type pair struct {
	account string
	address netip.Prefix
}

// throttle counts tries. It is safe for concurrent use.
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

// login takes one try at an account, or returns *TooMany. If the try succeeds, the caller calls done, which
// restores the full allowance of this account and address.
func (t *throttle) login(from netip.Addr, account string) (done func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	p := pair{account, network(from)}
	// In this order, a try that one rule refuses costs nothing under the next.
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

// address takes one try that concerns no account.
func (t *throttle) address(from netip.Addr) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	return take(bucket(t.addresses, network(from), perAddress, now), now)
}

// network returns the addresses that one person has: a single one in IPv4, a /64 in IPv6.
func network(from netip.Addr) netip.Prefix {
	bits := 32
	if from.Is6() {
		bits = 64
	}
	prefix, err := from.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no valid address: these share one allowance
	}
	return prefix
}

// bucket returns the limiter for key, and makes it if there is none.
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

// drop makes room. Full buckets can go, because they are like new ones. If that is not enough, others go at
// random, in the order in which a map is iterated.
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

// take takes one token, or returns *TooMany and takes none.
func take(b *rate.Limiter, now time.Time) error {
	r := b.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return &TooMany{RetryAfter: wait}
	}
	return nil
}
