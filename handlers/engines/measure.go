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

// Cost is what requests to an engine took.
type Cost struct {
	Statements int // of the last one: SQL statements, or commands to Redis
	Sent, Set  int // bytes of its Cookie and of its answer's Set-Cookie
	times      []time.Duration
}

// maxTimes is how many times are kept, the newest.
const maxTimes = 600

// Bins is how many columns a histogram has, and BinsPerDecade how many of them it takes from a time to
// one ten times as long. It begins at a microsecond.
const Bins, BinsPerDecade = 36, 6

func (c *Cost) add(d time.Duration) {
	if c.times = append(c.times, d); len(c.times) > maxTimes {
		c.times = slices.Delete(c.times, 0, len(c.times)-maxTimes)
	}
}

// N is how many requests were measured.
func (c *Cost) N() int { return len(c.times) }

// Percentile returns the time that p of a hundred requests did not exceed, 0 if none was measured.
func (c *Cost) Percentile(p float64) time.Duration {
	if len(c.times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(c.times))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}

// Histogram returns how many requests took as long as each column says.
func (c *Cost) Histogram() (columns [Bins]int) {
	for _, d := range c.times {
		bin := int(BinsPerDecade * math.Log10(float64(d)/float64(time.Microsecond)))
		columns[min(max(bin, 0), Bins-1)]++
	}
	return columns
}

func (c *Cost) copy() *Cost {
	copied := *c
	copied.times = slices.Clone(c.times)
	return &copied
}

type countKey struct{}

// counting returns a context that counts what is asked of SQLite and Redis, in place of telling the
// stage of hundreds of statements.
func counting(ctx context.Context, n *int) context.Context {
	ctx = database.WithTrace(ctx, func(database.Statement) { *n++ })
	return context.WithValue(ctx, countKey{}, n)
}

// counter is what a Redis client calls at each command.
type counter struct{}

// DialHook is redis.Hook's.
func (counter) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook is redis.Hook's.
func (counter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		if n, ok := ctx.Value(countKey{}).(*int); ok {
			*n++
		}
		return next(ctx, command)
	}
}

// ProcessPipelineHook is redis.Hook's.
func (counter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
