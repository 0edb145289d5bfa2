// Bench measures the lab beside its peers: all on this machine, in turn, in one run.
//
//	go run .
//
// Each server is a process of its own, and the browsers are in this one, on the same cores. What is
// compared is the ratio of medians: the numbers themselves say more of the machine.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 5, "how often each server has its turn")
	seconds := flag.Float64("seconds", 3, "how long a turn is")
	browsers := flag.Int("browsers", 32, "how many browsers count at once, each in its session")
	only := flag.String("only", "", "measure only the servers whose names contain this")
	flag.Parse()
	if flag.Arg(0) == "serve" {
		fatal(servePeer(flag.Arg(1), flag.Arg(2), flag.Arg(3)))
	}
	folder, err := os.MkdirTemp("", "bench")
	fatal(err)
	b := &bench{folder: folder, turn: time.Duration(*seconds * float64(time.Second)), browsers: *browsers}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		b.stop()
		os.Exit(1)
	}()
	err = b.run(*rounds, *only)
	b.stop()
	fatal(err)
}

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// server is what is measured.
type server struct {
	name      string
	path      string   // the address that counts
	command   []string // %s is the folder for its data
	addr      string
	perSecond []float64
	missing   string // why it is not measured
}

// servers, and what each is compared with. The lab's own are asked for the address that the tutorial
// has; the others answer at "/".
func servers(lab, self, redisAddr string) []*server {
	peer := func(name string) *server {
		return &server{name: name, path: "/", command: []string{self, "serve", name, "%s", redisAddr}}
	}
	labWith := func(engine string, args ...string) *server {
		command := append([]string{lab, "-addr", "127.0.0.1:0", "-db", "%s/lab.db", "-log", "off", "-open=false", "-session-engine", engine}, args...)
		return &server{name: "lab " + engine, path: "/get_add_session/", command: command}
	}
	return []*server{
		peer("hello"), peer("scs-sqlite"), peer("contrib-cookie"), peer("contrib-redis"),
		peer("engine-db"), peer("engine-cache"), peer("engine-cookies"),
		labWith("db"), labWith("cached_db"), labWith("cache"), labWith("signed_cookies"),
		labWith("redis", "-redis", "redis://"+redisAddr),
	}
}

var ratios = []struct{ of, to, aim string }{
	{"lab db", "hello", "0.4, better 0.5"},
	{"lab db", "scs-sqlite", "10"},
	{"lab cache", "contrib-cookie", "1"},
	{"lab signed_cookies", "contrib-cookie", "1"},
	{"lab redis", "contrib-redis", "1.3"},
	{"engine-db", "hello", ""},
	{"engine-cache", "contrib-cookie", ""},
	{"engine-cookies", "contrib-cookie", ""},
}

type bench struct {
	folder    string
	turn      time.Duration
	browsers  int
	processes []*exec.Cmd
}

func (b *bench) stop() {
	for _, p := range b.processes {
		p.Process.Kill()
		p.Wait()
	}
	os.RemoveAll(b.folder)
}

func (b *bench) run(rounds int, only string) error {
	lab := filepath.Join(b.folder, "sessionlab")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", lab, ".")
	build.Dir, build.Env = "..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the lab: %w\n%s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	redisAddr, err := b.startRedis()
	if err != nil {
		fmt.Println("no Redis:", err)
	}
	all := slices.DeleteFunc(servers(lab, self, redisAddr), func(s *server) bool { return !strings.Contains(s.name, only) })
	for _, s := range all {
		if err := b.start(s); err != nil {
			s.missing = err.Error()
		}
	}
	for range rounds {
		for _, s := range all {
			if s.missing != "" {
				continue
			}
			perSecond, _, err := load(s.addr, s.path, b.browsers, b.turn)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			s.perSecond = append(s.perSecond, perSecond)
		}
	}
	b.report(all)
	return b.alone(all)
}

// start starts a server, and waits for the line with its address.
func (b *bench) start(s *server) error {
	folder, err := os.MkdirTemp(b.folder, "")
	if err != nil {
		return err
	}
	args := slices.Clone(s.command)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "%s", folder)
	}
	process := exec.Command(args[0], args[1:]...)
	out, err := process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := process.Start(); err != nil {
		return err
	}
	b.processes = append(b.processes, process)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, url, ok := strings.Cut(lines.Text(), "open    http://"); ok {
			s.addr = strings.TrimSuffix(url, "/")
			return nil
		}
	}
	return fmt.Errorf("it did not start")
}

func (b *bench) report(all []*server) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%d browsers\tanswers/s\tfrom\tto\n", b.browsers)
	of := map[string]float64{}
	for _, s := range all {
		if s.missing != "" {
			fmt.Fprintf(w, "%s\tnot measured: %s\n", s.name, s.missing)
			continue
		}
		of[s.name] = median(s.perSecond)
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.0f\n", s.name, of[s.name], slices.Min(s.perSecond), slices.Max(s.perSecond))
	}
	fmt.Fprintf(w, "\t\t\t\nratio\t\taim\t\n")
	for _, r := range ratios {
		if of[r.of] > 0 && of[r.to] > 0 {
			fmt.Fprintf(w, "%s / %s\t%.2f\t%s\t\n", r.of, r.to, of[r.of]/of[r.to], r.aim)
		}
	}
	w.Flush()
}

// alone measures one browser, beside what its commit waits for: one fsync.
func (b *bench) alone(all []*server) error {
	for _, s := range all {
		if s.name != "lab db" || s.missing != "" {
			continue
		}
		var asked, synced []time.Duration
		for range 5 { // in turn
			_, times, err := load(s.addr, s.path, 1, b.turn/3)
			if err != nil {
				return err
			}
			asked = append(asked, times...)
			times, err = syncTimes(b.folder, 500)
			if err != nil {
				return err
			}
			synced = append(synced, times...)
		}
		fmt.Printf("\none browser alone: %v for a count, %v for an fsync of 4 KiB more: %.2f (aim 1.3)\n",
			median(asked).Round(time.Microsecond), median(synced).Round(time.Microsecond), float64(median(asked))/float64(median(synced)))
	}
	return nil
}

func syncTimes(folder string, n int) (times []time.Duration, err error) {
	f, err := os.CreateTemp(folder, "")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	page := make([]byte, 4096)
	for range n {
		before := time.Now()
		if _, err := f.Write(page); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		times = append(times, time.Since(before))
	}
	return times, nil
}

func median[T float64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
