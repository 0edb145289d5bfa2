package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// patience bounds how long a server may take to start, to answer and to stop.
const patience = 10 * time.Second

// server describes a server to measure, and the results.
type server struct {
	name    string
	path    string   // the address that counts
	watched bool     // its browsers have the stage open
	command []string // starts its process, which prints its address
	missing error    // why it cannot be measured

	addr      string
	perSecond []float64
	failed    []error
}

// startAll builds the lab and starts the servers whose names contain only. The function stop ends their processes,
// and so does the end of ctx.
func startAll(ctx context.Context, folder, only string) (all []*server, stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	var running []*exec.Cmd
	stop = func() {
		cancel()
		for _, process := range running {
			process.Wait() // it was told to end, so its status says nothing new
		}
	}
	lab := filepath.Join(folder, "sessionlab")
	build := command(ctx, "go", "build", "-o", lab, ".")
	build.Dir, build.Env = filepath.Join("..", ".."), append(os.Environ(), "CGO_ENABLED=0", "GOTMPDIR="+folder)
	if out, err := build.CombinedOutput(); err != nil {
		return nil, stop, fmt.Errorf("build the lab: %w\n%s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, stop, err
	}
	redis, redisAddr, noRedis := startRedis(ctx, folder)
	if noRedis == nil {
		running = append(running, redis)
	}
	for _, s := range servers(lab, self, folder, redisAddr) {
		if !strings.Contains(s.name, only) {
			continue
		}
		all = append(all, s)
		if strings.HasSuffix(s.name, "redis") && noRedis != nil {
			s.missing = noRedis
			continue
		}
		process, err := s.start(ctx)
		if err != nil {
			s.missing = err
			continue
		}
		running = append(running, process)
	}
	return all, stop, ctx.Err()
}

// servers returns all servers. The lab counts at the tutorial's address and keeps its files in folder; the others
// answer at "/".
func servers(lab, self, folder, redisAddr string) []*server {
	peer := func(name string) *server {
		return &server{name: name, path: "/", command: []string{self, "serve", name, folder, redisAddr}}
	}
	labWith := func(engine string, more ...string) *server {
		command := append([]string{lab, "-addr", "127.0.0.1:0", "-db", filepath.Join(folder, engine+".db"),
			"-log", "off", "-open=false", "-session-engine", engine}, more...)
		return &server{name: "lab " + engine, path: "/get_add_session/", command: command}
	}
	watched := labWith("db", "-db", filepath.Join(folder, "watched.db"))
	watched.name, watched.watched = "lab db watched", true
	return []*server{
		peer("hello"), peer("scs-sqlite"), peer("contrib-cookie"), peer("contrib-redis"),
		peer("engine-db"), peer("engine-cache"), peer("engine-cookies"),
		labWith("db"), watched, labWith("cached_db"), labWith("cache"), labWith("signed_cookies"),
		labWith("redis", "-redis", "redis://"+redisAddr),
	}
}

// start starts the server's process and waits for the line with its address.
func (s *server) start(ctx context.Context) (*exec.Cmd, error) {
	process := command(ctx, s.command[0], s.command[1:]...)
	var complaint bytes.Buffer
	process.Stderr = &complaint
	out, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	late := time.AfterFunc(patience, func() { process.Process.Kill() })
	defer late.Stop()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, url, ok := strings.Cut(lines.Text(), "open    http://"); ok {
			s.addr = strings.TrimSuffix(url, "/")
			return process, nil
		}
	}
	err = process.Wait()
	if line, _, _ := strings.Cut(complaint.String(), "\n"); line != "" {
		return nil, errors.New(line)
	}
	return nil, fmt.Errorf("it ended without an address: %v", err)
}

// startRedis starts a Redis that stores nothing on disk.
func startRedis(ctx context.Context, folder string) (process *exec.Cmd, addr string, err error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") // to find a free port
	if err != nil {
		return nil, "", err
	}
	addr = l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	process = command(ctx, program, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", folder)
	if err := process.Start(); err != nil {
		return nil, "", err
	}
	for end := time.Now().Add(patience); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.DialTimeout("tcp", addr, patience); err == nil {
			return process, addr, conn.Close()
		}
	}
	process.Process.Kill()
	return nil, "", errors.Join(errors.New("redis-server does not answer"), process.Wait())
}

// command returns a process that is interrupted when ctx ends, so that it can clean up, and killed if that takes
// too long.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = patience
	return c
}
