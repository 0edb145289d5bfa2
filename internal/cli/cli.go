// Package cli implements the command sessionlab: its flags, what each subcommand does, and how the lab is
// started and stopped. Read [Main] first, then serve.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
)

// Main runs the command given by the arguments of this process and returns its exit status: 0 for success,
// 1 for failure, 2 for wrong usage. files holds what pages show: templates, static files, lessons, and the
// source of the handlers.
func Main(files fs.FS) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal finds no handler and ends the program at once
	code := run(ctx, os.Args[1:], process{files, os.Getenv, os.Stdin, os.Stdout, os.Stderr})
	stop()
	keepWindow(os.Args[1:])
	return code
}

// The exit statuses of the command.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

// errUsage says that the command line is wrong and that the user has been told why.
var errUsage = errors.New("usage")

// process holds what a command may use of the world outside.
type process struct {
	files    fs.FS
	getenv   func(string) string
	in       io.Reader
	out, err io.Writer
}

// run does what args ask for and returns the exit status. When ctx ends, run finishes the work in progress and
// returns.
func run(ctx context.Context, args []string, p process) int {
	err := dispatch(ctx, args, p)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errUsage):
		return exitUsage
	}
	fmt.Fprintln(p.err, "sessionlab:", oneLine(err.Error()))
	return exitError
}

// dispatch calls the function of the subcommand; without one, that is serve.
func dispatch(ctx context.Context, args []string, p process) error {
	name := "serve"
	if len(args) > 0 && (args[0] == "" || args[0][0] != '-') {
		name, args = args[0], args[1:]
	}
	switch name {
	case "help":
		fmt.Fprint(p.out, overview)
		return nil
	case "serve":
		return serveCommand(ctx, args, p)
	case "clearsessions":
		return clearSessions(ctx, args, p)
	case "members":
		return membersCommand(ctx, args, p)
	case "backup":
		return backup(ctx, args, p)
	case "doctor":
		return doctor(ctx, args, p)
	case "version":
		return version(args, p)
	}
	return usageError(p, "unknown command %q; see sessionlab help", name)
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

// usageError prints in one line what is wrong with the command line, and returns errUsage.
func usageError(p process, format string, args ...any) error {
	fmt.Fprintln(p.err, "sessionlab:", oneLine(fmt.Sprintf(format, args...)))
	return errUsage
}
