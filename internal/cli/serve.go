package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"sessionlab/handlers"
	"sessionlab/internal/member"
	"sessionlab/session"
)

const (
	// shutdownTime bounds how long requests in flight may take after Ctrl-C.
	shutdownTime = 8 * time.Second
	// softMemory, in bytes, is the limit above which the garbage collector works harder.
	softMemory = 192 << 20
	// sweepEvery is the time between two searches for expired sessions.
	sweepEvery = 10 * time.Minute
)

// serveFlags returns the flags of serve. They fill o.
func serveFlags(o *options, p process) *flagSet {
	f := newFlags("serve", "[serve] [flags]      start the lab and print its URL", p)
	f.StringVar(&o.addr, "addr", defaultAddr, "`host:port` to listen on; localhost is 127.0.0.1 and [::1]")
	f.dbFlag(o)
	f.StringVar(&o.engine, "session-engine", "db", "the `engine` that keeps sessions: "+strings.Join(engineNames, ", "))
	f.secretFlag(o)
	f.Var(&o.redis, "redis", "`URL` for the engine redis: redis://host:port/db or rediss://…; several for a Cluster or Sentinel")
	f.BoolVar(&o.hashKeys, "hash-session-keys", false, "keep a SHA-256 of each session key instead of the key")
	f.StringVar(&o.tlsCert, "tls-cert", "", "serve by TLS with this certificate `file`")
	f.StringVar(&o.tlsKey, "tls-key", "", "the certificate's key `file`")
	f.BoolVar(&o.selfSigned, "tls-self-signed", false, "serve by TLS with a certificate made for localhost and this machine's names")
	f.Var(&o.hosts, "host", "another host `name` to answer to; may be repeated (in the environment: separated by spaces)")
	f.StringVar(&o.lang, "lang", "", "`zh` or en, for readers who have not chosen (default: what the browser asks for)")
	f.StringVar(&o.log, "log", "text", "`text` (one line per request), json, or off")
	f.BoolVar(&o.open, "open", true, "open the browser if a person is at the terminal")
	return f
}

// serveCommand implements sessionlab serve: it checks the options and serves.
func serveCommand(ctx context.Context, args []string, p process) error {
	var o options
	f := serveFlags(&o, p)
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	o.addrGiven = f.given("addr")
	logger, err := newLogger(o.log, p.err)
	if err == nil {
		o.redisOptions, err = parseRedis(o.redis.values, p.getenv)
	}
	if o.experimentRedis = o.redisOptions; err == nil && len(o.redisOptions.Addrs) == 0 {
		// The user did not name this server, so it gets no password.
		o.experimentRedis, err = parseRedis([]string{"redis://localhost:6379/0"}, func(string) string { return "" })
	}
	switch {
	case err != nil:
		return usageError(p, "%v", err)
	case !slices.Contains(engineNames, o.engine):
		return usageError(p, "-session-engine %q: use %s", o.engine, strings.Join(engineNames, ", "))
	case o.engine == "redis" && len(o.redisOptions.Addrs) == 0:
		return usageError(p, "-session-engine redis needs -redis, such as -redis redis://localhost:6379/0")
	case o.engine == "signed_cookies" && o.hashKeys:
		return usageError(p, "-hash-session-keys: the engine signed_cookies stores no keys to hash")
	case o.lang != "" && o.lang != "zh" && o.lang != "en":
		return usageError(p, "-lang %q: use zh or en", o.lang)
	case (o.tlsCert == "") != (o.tlsKey == ""):
		return usageError(p, "-tls-cert and -tls-key are only useful together")
	case o.selfSigned && o.tlsCert != "":
		return usageError(p, "-tls-self-signed makes its own certificate: omit -tls-cert and -tls-key")
	}
	if err := checkAddr(o.addr); err != nil {
		return usageError(p, "%v", err)
	}
	return serve(ctx, o, logger, p)
}

// serve opens the data, builds the lab, serves requests until ctx ends, and closes everything again.
func serve(ctx context.Context, o options, logger *slog.Logger, p process) (err error) {
	// A lab keeps little in memory and makes much that lives for only one request. Collecting it less often
	// serves a tenth more requests, and even a school's old machine has this much memory to spare.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(softMemory)

	tlsConfig, err := newTLS(o)
	if err != nil {
		return err
	}
	// Listen first: a lab without a port should not touch the data.
	listeners, err := listen(o.addr, o.addrGiven)
	if err != nil {
		return err
	}
	defer func() {
		for _, l := range listeners {
			l.Close() // the server has closed it, so an error says nothing new
		}
	}()

	db, keys, err := openData(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	sessions, closeSessions, err := newEngine(o, db, keys)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeSessions()) }()

	stopSweep := session.StartSweep(sessions, sweepEvery, time.Now, func(deleted int, err error) {
		if err != nil {
			logger.Error("expired sessions were not deleted", "error", err)
		}
	})
	defer stopSweep()

	lab, err := handlers.New(handlers.Config{
		Files: p.files, Database: db, Sessions: sessions, Members: member.New(db, time.Now), Engine: o.engine,
		Hosts: o.hosts.values, Lang: o.lang, Log: logger, Now: time.Now, Version: thisBuild().Version,
		NewRedis: func() redis.UniversalClient { return newRedis(o.experimentRedis) },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lab.Close()) }()

	server := newServer(lab, tlsConfig, logger)
	served := accept(server, lab, listeners)
	announce(o, p, listeners)
	return wait(ctx, server, served, p.out)
}

// accept lets the server answer the connections of all listeners. The channel receives the error with which one of
// them ended.
func accept(server *http.Server, lab *handlers.Lab, listeners []net.Listener) <-chan error {
	served := make(chan error, len(listeners))
	secure := server.TLSConfig != nil // asked once: Serve sets a TLSConfig of its own
	for _, l := range listeners {
		if secure {
			l = tls.NewListener(l, server.TLSConfig)
		} else {
			l = lab.Listener(l)
		}
		go func() { served <- server.Serve(l) }()
	}
	return served
}

// newServer returns the server of a lab. Its limits suit people with slow connections, and stop a client that
// would hold one forever.
func newServer(lab *handlers.Lab, tlsConfig *tls.Config, logger *slog.Logger) *http.Server {
	server := &http.Server{
		Handler:           lab.Routes(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    1 << 20, // larger than a browser's whole jar (180 cookies of 4,096 bytes), so that a page can say what is wrong
		ErrorLog:          slog.NewLogLogger(quiet(logger), slog.LevelDebug),
		TLSConfig:         tlsConfig,

		DisableGeneralOptionsHandler: true, // the lab answers OPTIONS * itself
	}
	lab.Attach(server)
	return server
}

// wait returns when ctx has ended and the server has stopped, or when serving fails.
func wait(ctx context.Context, server *http.Server, served <-chan error, out io.Writer) error {
	select {
	case err := <-served:
		server.Close()
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	fmt.Fprintln(out, "Stopping after the requests in progress. Press Ctrl-C again to stop at once.")
	return shutdown(ctx, server)
}

// shutdown lets requests in flight finish and cuts off those that take too long, so that the program ends within
// 10 s.
func shutdown(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		if !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("stop: %w", err)
		}
		return server.Close()
	}
	return nil
}

// newLogger returns a logger that writes to w in the format of -log.
func newLogger(format string, w io.Writer) (*slog.Logger, error) {
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil)), nil
	case "off":
		return slog.New(slog.DiscardHandler), nil
	}
	return nil, fmt.Errorf("-log %q: use text, json or off", format)
}

// quiet returns the handler for net/http's own messages, such as TLS handshakes that browsers break off. At the
// level debug, they are below what the log shows.
func quiet(logger *slog.Logger) slog.Handler { return logger.Handler() }
