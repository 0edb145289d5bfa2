package storetest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sessionlab/internal/labtest"
)

// A RedisServer belongs to one test and ends with it.
type RedisServer struct {
	Addr string

	t       testing.TB
	program string
	args    []string
	process *exec.Cmd
}

// StartRedis starts a Redis or Valkey that keeps nothing on disk, unless args say otherwise. Without
// one installed the test is skipped or fails, as labtest.Need says.
func StartRedis(t testing.TB, args ...string) *RedisServer {
	t.Helper()
	return startRedis(t, nil, append([]string{"--save", "", "--appendonly", "no"}, args...)...)
}

// startRedis starts the program with the arguments in first, where a configuration file has to be, then
// those of every test's server, then args.
func startRedis(t testing.TB, first []string, args ...string) *RedisServer {
	t.Helper()
	program := redisProgram(t)
	addr := freeAddr(t)
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	s := &RedisServer{Addr: addr, t: t, program: program, args: slices.Concat(first,
		[]string{"--bind", "127.0.0.1", "--port", port, "--dir", t.TempDir()}, args)}
	s.Start()
	t.Cleanup(s.Kill)
	return s
}

func redisProgram(t testing.TB) string {
	t.Helper()
	return labtest.Program(t, "install Redis (Debian: apt-get install redis-server)", "redis-server", "valkey-server")
}

// StartRedisTLS starts a server as StartRedis does, with a second address for TLS, where it shows its
// certificate and asks for none.
func StartRedisTLS(t testing.TB, certFile, keyFile string) (server *RedisServer, addr string) {
	t.Helper()
	out, _ := exec.Command(redisProgram(t), "--port", "0", "--tls-port", "0").CombinedOutput() // ends at once: it has nowhere to listen
	labtest.Need(t, !strings.Contains(string(out), "FATAL CONFIG"), "install a Redis that was built with TLS, as Debian's is")
	addr = freeAddr(t)
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return StartRedis(t, "--tls-port", port, "--tls-cert-file", certFile, "--tls-key-file", keyFile, "--tls-auth-clients", "no"), addr
}

// freeAddr returns an address on which nobody listens, with a port that Redis can use: a node of a
// Cluster also listens 10,000 above it.
func freeAddr(t testing.TB) string {
	t.Helper()
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		if l.Addr().(*net.TCPAddr).Port < 55535 {
			return l.Addr().String()
		}
	}
}

// Start starts the server, again after Kill, and waits until it answers.
func (s *RedisServer) Start() {
	s.t.Helper()
	s.process = exec.Command(s.program, s.args...)
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	client := s.Client()
	defer client.Close()
	for deadline := time.Now().Add(20 * time.Second); client.Ping(context.Background()).Err() != nil; {
		if time.Now().After(deadline) {
			s.t.Fatal("the Redis that the test started does not answer")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Kill ends the server at once.
func (s *RedisServer) Kill() {
	s.process.Process.Kill()
	s.process.Wait()
}

// Process returns the server's process, for signals.
func (s *RedisServer) Process() *os.Process { return s.process.Process }

// Client returns a client configured as the lab's. The caller closes it.
func (s *RedisServer) Client() redis.UniversalClient {
	return redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{s.Addr}, ContextTimeoutEnabled: true})
}

// Do sends a command, such as CONFIG SET, over a separate connection.
func (s *RedisServer) Do(args ...any) {
	s.t.Helper()
	client := s.Client()
	defer client.Close()
	if err := client.Do(context.Background(), args...).Err(); err != nil {
		s.t.Fatalf("redis %v: %v", args[0], err)
	}
}

// StartSentinel starts a Sentinel that watches the server at addr under that name, and returns its
// address.
func StartSentinel(t testing.TB, name, addr string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "sentinel.conf") // which it rewrites
	if err := os.WriteFile(config, fmt.Appendf(nil, "sentinel monitor %s %s %s 1\n", name, host, port), 0o600); err != nil {
		t.Fatal(err)
	}
	return startRedis(t, []string{config, "--sentinel"}).Addr
}

// StartRedisCluster starts three nodes that share the slots, and returns their addresses.
func StartRedisCluster(t testing.TB) []string {
	t.Helper()
	var addrs []string
	var nodes []*redis.Client
	for i := range 3 {
		server := StartRedis(t, "--cluster-enabled", "yes", "--cluster-config-file", filepath.Join(t.TempDir(), fmt.Sprint("node", i)))
		addrs = append(addrs, server.Addr)
		node := redis.NewClient(&redis.Options{Addr: server.Addr})
		t.Cleanup(func() { node.Close() })
		nodes = append(nodes, node)
	}
	ctx := context.Background()
	const slots = 16384
	for i, node := range nodes {
		if err := node.ClusterAddSlotsRange(ctx, i*slots/3, (i+1)*slots/3-1).Err(); err != nil {
			t.Fatal(err)
		}
		host, port, err := net.SplitHostPort(addrs[0])
		if err == nil && i > 0 {
			err = node.ClusterMeet(ctx, host, port).Err()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ready := func(node *redis.Client) bool {
		info, err := node.ClusterInfo(ctx).Result()
		return err == nil && strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:"+strconv.Itoa(len(nodes)))
	}
	for deadline := time.Now().Add(30 * time.Second); !all(nodes, ready); {
		if time.Now().After(deadline) {
			t.Fatal("the Redis Cluster that the test started did not come up")
		}
		time.Sleep(50 * time.Millisecond)
	}
	return addrs
}

func all(nodes []*redis.Client, ready func(*redis.Client) bool) bool {
	return !slices.ContainsFunc(nodes, func(n *redis.Client) bool { return !ready(n) })
}
