package engines

import (
	"context"
	"math"
	"net"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"sessionlab/internal/database"
)

// Cost holds what requests to an engine took.
type Cost struct {
	Statements int // of the last request: SQL statements, or commands to Redis
	Sent, Set  int // bytes of its Cookie and of the response's Set-Cookie
	times      []time.Duration
}

// maxTimes bounds how many times are kept; the oldest go first.
const maxTimes = 600

// Bins is the number of columns in a histogram. BinsPerDecade of them cover the range from a time to ten times that time.
// The first column begins at a microsecond.
const Bins, BinsPerDecade = 36, 6

// add adds the time of one request.
func (c *Cost) add(d time.Duration) {
	if c.times = append(c.times, d); len(c.times) > maxTimes {
		c.times = slices.Delete(c.times, 0, len(c.times)-maxTimes)
	}
}

// N returns how many requests were measured.
func (c *Cost) N() int { return len(c.times) }

// Percentile returns the time that p percent of the requests did not exceed, or 0 if none was measured.
func (c *Cost) Percentile(p float64) time.Duration {
	if len(c.times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(c.times))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}

// Histogram returns how many requests fell into each column.
func (c *Cost) Histogram() (columns [Bins]int) {
	for _, d := range c.times {
		bin := int(BinsPerDecade * math.Log10(float64(d)/float64(time.Microsecond)))
		columns[min(max(bin, 0), Bins-1)]++
	}
	return columns
}

// copy returns an independent copy.
func (c *Cost) copy() *Cost {
	copied := *c
	copied.times = slices.Clone(c.times)
	return &copied
}

// countKey is the key of the counter in a context.
type countKey struct{}

// counting returns a context that counts the statements and commands sent to SQLite and Redis. The stage does not see them:
// there would be hundreds.
func counting(ctx context.Context, n *int) context.Context {
	ctx = database.WithTrace(ctx, func(database.Statement) { *n++ })
	return context.WithValue(ctx, countKey{}, n)
}

// counter is a redis.Hook that counts commands.
type counter struct{}

// DialHook implements redis.Hook.
func (counter) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook implements redis.Hook.
func (counter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		if n, ok := ctx.Value(countKey{}).(*int); ok {
			*n++
		}
		return next(ctx, command)
	}
}

// ProcessPipelineHook implements redis.Hook.
func (counter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
