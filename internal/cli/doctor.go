package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"sessionlab/internal/database"
)

// finding is one line of the doctor's table.
type finding struct{ state, what, detail string }

// The states of a finding.
const (
	stateOK   = "OK"
	stateWarn = "WARN"
	stateFail = "FAIL"
)

// doctor implements sessionlab doctor. It checks what a lab needs, and changes nothing in the data but the time
// of the last check. It returns an error if something would stop a lab.
func doctor(ctx context.Context, args []string, p process) error {
	var o options
	f := newFlags("doctor", "doctor [flags]      check port, data file, names, addresses, clock", p)
	f.StringVar(&o.addr, "addr", defaultAddr, "`host:port` that the lab would listen on")
	f.dbFlag(&o)
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	if err := checkAddr(o.addr); err != nil {
		return usageError(p, "%v", err)
	}
	findings := []finding{
		checkPort(o.addr), checkData(ctx, o.db), checkNames(ctx), checkLAN(), checkClock(time.Now()),
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	failed := 0
	for _, found := range findings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", found.state, found.what, oneLine(found.detail))
		if found.state == stateFail {
			failed++
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("doctor: %d of %d checks failed; see the table", failed, len(findings))
	}
	return nil
}

// checkPort checks whether a lab could listen on addr.
func checkPort(addr string) finding {
	listeners, err := listen(addr, true)
	for _, l := range listeners {
		l.Close()
	}
	if err == nil {
		return finding{stateOK, "port", addr + " is free"}
	}
	host, portText, splitErr := net.SplitHostPort(addr)
	port, _ := strconv.Atoi(portText)
	if splitErr == nil && addr == defaultAddr {
		if url := runningLab(host, port); url != "" {
			return finding{stateWarn, "port", "a lab is already running at " + url + "; another one would use another port"}
		}
		return finding{stateWarn, "port", addr + " is busy; the lab would use another port"}
	}
	return finding{stateFail, "port", err.Error()}
}

// checkData opens the file as the lab would, but does not create it.
func checkData(ctx context.Context, path string) finding {
	if path == database.Memory {
		return finding{stateOK, "data", "kept in memory and lost at the end"}
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		folder := filepath.Dir(path)
		probe, err := os.CreateTemp(folder, ".sessionlab-doctor-*")
		if err != nil {
			return finding{stateFail, "data", fmt.Sprintf("%s does not exist and cannot be created: %v", path, err)}
		}
		probe.Close()
		os.Remove(probe.Name())
		return finding{stateOK, "data", path + " does not exist yet and can be created"}
	}
	db, err := database.Open(ctx, path)
	if err != nil {
		return finding{stateFail, "data", err.Error()}
	}
	err = errors.Join(db.Check(ctx), db.Close())
	if err != nil {
		return finding{stateFail, "data", err.Error()}
	}
	return finding{stateOK, "data", path + " is intact and writable"}
}

// checkNames checks that localhost and names below it lead to this machine.
func checkNames(ctx context.Context) finding {
	var missing []string
	for _, name := range []string{"localhost", "a.localhost"} {
		addrs, err := net.DefaultResolver.LookupIPAddr(ctx, name)
		if err != nil || len(addrs) == 0 || !addrs[0].IP.IsLoopback() {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return finding{stateOK, "names", "localhost and a.localhost lead to this machine"}
	}
	return finding{stateWarn, "names", strings.Join(missing, ", ") + " not known to this system; most browsers know them anyway"}
}

// checkLAN lists the addresses at which other machines could reach the lab.
func checkLAN() finding {
	ips := lanAddresses()
	if len(ips) == 0 {
		return finding{stateWarn, "network", "no LAN address: only this machine can open the lab"}
	}
	var texts []string
	for _, ip := range ips {
		texts = append(texts, ip.String())
	}
	return finding{stateOK, "network", "LAN addresses " + strings.Join(texts, ", ")}
}

// checkClock checks that the clock is not before the time at which this program was built: browsers delete
// cookies at once that expire in the past.
func checkClock(now time.Time) finding {
	built, err := time.Parse(time.RFC3339, thisBuild().Date)
	if err == nil && now.Before(built) {
		return finding{stateFail, "clock", fmt.Sprintf("%s is before this program was built: set the clock, or cookies will not last", now.Format(time.RFC3339))}
	}
	if now.Year() < 2026 {
		return finding{stateFail, "clock", now.Format(time.RFC3339) + " is in the past: set the clock, or cookies will not last"}
	}
	return finding{stateOK, "clock", now.Format(time.RFC3339)}
}
