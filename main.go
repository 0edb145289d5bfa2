// Sessionlab teaches how the web remembers: cookies, sessions and login. It is
// one executable that serves its pages on this machine; see README.md.
//
// Read run first, then serve; the pages are in handlers.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal finds no handler and ends the program at once
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	stop()
	keepWindow(os.Args[1:])
	os.Exit(code)
}

// The exit status: fine, could not do it, wrong usage.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

// errUsage is wrong usage that has been explained already.
var errUsage = errors.New("usage")

// terminal is what a command talks to.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

// run is the whole program but for the process: it returns the exit status.
// When ctx ends, it finishes what is under way and returns.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	t := terminal{stdin, stdout, stderr}
	err := dispatch(ctx, args, getenv, t)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errUsage):
		return exitUsage
	}
	fmt.Fprintln(stderr, "sessionlab:", oneLine(err.Error()))
	return exitError
}

func dispatch(ctx context.Context, args []string, getenv func(string) string, t terminal) error {
	name := "serve"
	if len(args) > 0 && (args[0] == "" || args[0][0] != '-') {
		name, args = args[0], args[1:]
	}
	switch name {
	case "help":
		fmt.Fprint(t.out, overview)
		return nil
	case "serve":
		return serveCommand(ctx, args, getenv, t)
	case "clearsessions":
		return clearSessions(ctx, args, getenv, t)
	case "members":
		return membersCommand(ctx, args, getenv, t)
	case "backup":
		return backup(ctx, args, getenv, t)
	case "doctor":
		return doctor(ctx, args, getenv, t)
	case "version":
		return version(args, getenv, t)
	}
	return usageError(t, "there is no command %q; see sessionlab help", name)
}

const overview = `sessionlab teaches how the web remembers: cookies, sessions and login.

  sessionlab [serve]        start the lab and print its URL
  sessionlab clearsessions  delete expired sessions
  sessionlab members        list members; add, passwd, rm NAME
  sessionlab backup FILE    write a consistent copy of the data
  sessionlab doctor         check port, data file, names, addresses, clock
  sessionlab version        print version and build; -json for machines

Each command explains its flags with -h.
`

// usageError says in one line what is wrong with the command line.
func usageError(t terminal, format string, args ...any) error {
	fmt.Fprintln(t.err, "sessionlab:", oneLine(fmt.Sprintf(format, args...)))
	return errUsage
}
