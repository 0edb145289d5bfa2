package database

import (
	"crypto/rand"
	"net/url"
	"runtime"
	"strings"
)

// always is set for every connection. dqs=0: "x" is never taken for the text 'x'.
// error_rc=1: no message of an earlier error in a later one. fullfsync: on macOS a plain fsync
// leaves the data in the drive's cache, where a power cut loses it.
const always = "_foreign_keys=on&_dqs=0&_error_rc=1&_pragma=fullfsync(1)&_pragma=checkpoint_fullfsync(1)"

// source names a database for its kinds of connections.
type source struct {
	writer, reader, backup string
	memory                 bool
}

// fileSource is the file at an absolute path. mode=rw: a file that has gone is an error, not a new
// empty file. The writer's time to wait for a lock is short: it tries again by itself (write.go).
func fileSource(path string) source {
	uri := localURI(path)
	return source{
		writer: uri + "?mode=rw&_busy_timeout=50&_journal_mode=WAL&_synchronous=FULL&" + always,
		reader: uri + "?mode=rw&_busy_timeout=5000&_query_only=1&" + always,
		backup: uri + "?mode=ro&_busy_timeout=5000&" + always,
	}
}

// memorySource is a new database in memory. A plain :memory: would give every connection its own;
// one that the memdb VFS knows by a name is shared.
func memorySource() source {
	uri := "file:/sessionlab-" + rand.Text() + "?vfs=memdb&_busy_timeout=5000&"
	return source{
		writer: uri + "_journal_mode=MEMORY&" + always,
		reader: uri + "_query_only=1&" + always,
		backup: uri + always,
		memory: true,
	}
}

// fileURI writes an absolute path as a URI for SQLite (https://www.sqlite.org/uri.html), with
// everything escaped that would end the path there: ?, # and %.
// A backslash is a separator on Windows and part of a name elsewhere.
func fileURI(path string, windows bool) string {
	if windows {
		path = strings.ReplaceAll(path, `\`, "/")
		if !strings.HasPrefix(path, "/") { // C:/a.db, but not //server/share/a.db
			path = "/" + path
		}
	}
	return "file://" + (&url.URL{Path: path}).EscapedPath()
}

func localURI(path string) string { return fileURI(path, runtime.GOOS == "windows") }

// diskURI is localURI with the VFS of real files named. A connection to a database in memory takes
// the names in its statements for more databases in memory, unless told.
func diskURI(path string) string {
	vfs := "unix"
	if runtime.GOOS == "windows" {
		vfs = "win32"
	}
	return localURI(path) + "?vfs=" + vfs
}
