// Bench compares the lab with its peers: on one machine, taking turns, in one run.
//
//	go run .
//
// Each server is a process of its own (start.go, peers.go). The browsers are in this process (load.go), on the same
// cores. Compare the ratios of the medians; the numbers themselves depend mostly on the machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
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
	var err error
	if flag.Arg(0) == "serve" {
		err = servePeer(flag.Arg(1), flag.Arg(2), flag.Arg(3))
	} else {
		turn := time.Duration(*seconds * float64(time.Second))
		err = measure(max(1, *rounds), turn, max(1, *browsers), *only)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// ratios lists the quotients in the report. aim is the ratio that the lab should reach.
var ratios = []struct{ of, to, aim string }{
	{"lab db", "hello", "0.4, better 0.5"},
	{"lab db", "scs-sqlite", "10"},
	{"lab cache", "contrib-cookie", "1"},
	{"lab signed_cookies", "contrib-cookie", "1"},
	{"lab redis", "contrib-redis", "1.3"},
	{"lab db watched", "lab db", "0.8"},
	{"engine-db", "hello", ""},
	{"engine-cache", "contrib-cookie", ""},
	{"engine-cookies", "contrib-cookie", ""},
}

// measure starts the servers, lets them take turns, and prints the report.
func measure(rounds int, turn time.Duration, browsers int, only string) error {
	// SIGPIPE, too: with a closed pipe (go run . | head) this process would otherwise end without its children.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	defer stop()
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	all, stopAll, err := startAll(ctx, folder, only)
	defer stopAll() // before the folder is removed
	if err != nil {
		return err
	}
	wrong := 0
	for range rounds {
		for _, s := range all {
			if s.missing != nil || ctx.Err() != nil {
				continue
			}
			perSecond, _, failed := load(s.addr, s.path, browsers, turn, visit{watched: s.watched})
			s.perSecond = append(s.perSecond, perSecond)
			s.failed = append(s.failed, failed...)
			wrong += len(failed)
		}
	}
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	report(all, browsers)
	if i := slices.IndexFunc(all, func(s *server) bool { return s.name == "lab db" && s.missing == nil }); i >= 0 {
		err = errors.Join(alone(all[i], folder, turn/3), crowd(all[i]))
	}
	if wrong > 0 {
		err = errors.Join(err, fmt.Errorf("%d errors: the rows that have some are no measure", wrong))
	}
	return err
}

// report prints a table of the servers and one of the ratios.
func report(all []*server, browsers int) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%d browsers\tanswers/s\tfrom\tto\terrors\n", browsers)
	of := map[string]float64{}
	for _, s := range all {
		if s.missing != nil {
			fmt.Fprintf(w, "%s\tnot here: %v\n", s.name, s.missing)
			continue
		}
		of[s.name] = median(s.perSecond)
		wrong := fmt.Sprint(len(s.failed))
		if len(s.failed) > 0 {
			wrong += fmt.Sprintf(", such as: %v", s.failed[0])
		}
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.0f\t%s\n", s.name, of[s.name], slices.Min(s.perSecond), slices.Max(s.perSecond), wrong)
	}
	w.Flush()
	fmt.Fprintf(w, "\nratio\t\taim\n")
	for _, r := range ratios {
		if of[r.of] > 0 && of[r.to] > 0 {
			fmt.Fprintf(w, "%s / %s\t%.2f\t%s\n", r.of, r.to, of[r.of]/of[r.to], r.aim)
		}
	}
	w.Flush()
}

// alone compares the time of one browser's count with that of the fsync that its commit waits for. The two take
// turns.
func alone(s *server, folder string, turn time.Duration) error {
	var asked, synced []time.Duration
	for range 5 {
		_, times, failed := load(s.addr, s.path, 1, turn, visit{})
		if len(failed) > 0 {
			return fmt.Errorf("one browser alone: %w", failed[0])
		}
		asked = append(asked, times...)
		times, err := syncTimes(folder, turn)
		if err != nil {
			return err
		}
		synced = append(synced, times...)
	}
	fmt.Printf("\none browser alone: %v for a count, %v for an fsync of 4 KiB more: %.2f (aim 1.3)\n",
		median(asked).Round(time.Microsecond), median(synced).Round(time.Microsecond), float64(median(asked))/float64(median(synced)))
	return nil
}

// crowd measures a thousand people who press a button about every second, each with the stage open.
func crowd(s *server) error {
	const people = 1000
	_, times, failed := load(s.addr, s.path, people, 10*time.Second, visit{watched: true, pause: time.Second})
	if len(failed) > 0 {
		return fmt.Errorf("%d of a crowd of %d: %w", len(failed), people, failed[0])
	}
	slices.Sort(times)
	fmt.Printf("a crowd of %d, each with the stage open: %.0f answers/s, median %v, p99 %v (aim 100ms)\n", people,
		float64(len(times))/10, median(times).Round(10*time.Microsecond), times[len(times)*99/100].Round(10*time.Microsecond))
	return nil
}

// syncTimes returns how long it takes to add 4 KiB to a file and sync it, many times.
func syncTimes(folder string, how time.Duration) (times []time.Duration, err error) {
	f, err := os.CreateTemp(folder, "")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	page := make([]byte, 4096)
	for end := time.Now().Add(how); time.Now().Before(end); {
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

// median returns the middle one of the values.
func median[T float64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
