package database

import (
	"crypto/rand"
	"net/url"
	"runtime"
	"strings"
)

// always holds the options of every connection. dqs=0: "x" never means the text 'x'.
// error_rc=1: no error message is left over from an earlier error. fullfsync: on macOS a plain fsync
// leaves the data in the drive's cache, where a power cut loses it.
const always = "_foreign_keys=on&_dqs=0&_error_rc=1&_pragma=fullfsync(1)&_pragma=checkpoint_fullfsync(1)"

// source holds the names (DSNs) by which each kind of connection opens the database.
type source struct {
	writer, reader, backup string
	memory                 bool
}

// fileSource returns the source for a file at an absolute path. mode=rw makes a missing file an error
// instead of creating an empty one. The writer's busy timeout is short because it retries (transaction.go).
func fileSource(path string) source {
	uri := localURI(path)
	return source{
		writer: uri + "?mode=rw&_busy_timeout=50&_journal_mode=WAL&_synchronous=FULL&" + always,
		reader: uri + "?mode=rw&_busy_timeout=5000&_query_only=1&" + always,
		backup: uri + "?mode=ro&_busy_timeout=5000&" + always,
	}
}

// memorySource returns the source of a new database in memory. With a plain :memory: every connection
// would get its own; connections share a database that the memdb VFS knows by name.
func memorySource() source {
	uri := "file:/sessionlab-" + rand.Text() + "?vfs=memdb&_busy_timeout=5000&"
	return source{
		writer: uri + "_journal_mode=MEMORY&" + always,
		reader: uri + "_query_only=1&" + always,
		backup: uri + always,
		memory: true,
	}
}

// fileURI returns the URI for SQLite (https://www.sqlite.org/uri.html) of an absolute path. It escapes
// what would end the path there: ?, # and %. A backslash is a separator on Windows only.
func fileURI(path string, windows bool) string {
	if windows {
		path = strings.ReplaceAll(path, `\`, "/")
		if !strings.HasPrefix(path, "/") { // C:/a.db, but not //server/share/a.db
			path = "/" + path
		}
	}
	return "file://" + (&url.URL{Path: path}).EscapedPath()
}

// localURI returns the URI of an absolute path on this system.
func localURI(path string) string { return fileURI(path, runtime.GOOS == "windows") }

// diskURI returns the URI of an absolute path, together with the VFS for files on disk. Statements on a
// connection to a database in memory would otherwise take the name for another database in memory.
func diskURI(path string) string {
	vfs := "unix"
	if runtime.GOOS == "windows" {
		vfs = "win32"
	}
	return localURI(path) + "?vfs=" + vfs
}
