package main

import (
	"errors"
	"net"
	"os/exec"
	"time"
)

// startRedis starts a server that keeps nothing on disk, and returns its address.
func (b *bench) startRedis() (addr string, err error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	l.Close()
	addr = l.Addr().String()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	process := exec.Command(program, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", b.folder)
	if err := process.Start(); err != nil {
		return "", err
	}
	b.processes = append(b.processes, process)
	for range 100 {
		if conn, err := net.Dial("tcp", addr); err == nil {
			return addr, conn.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return "", errors.New("it does not answer")
}
