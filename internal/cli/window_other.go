//go:build !windows

package cli

// keepWindow does nothing: only on Windows does a double click open a console that closes with the program.
func keepWindow([]string) {}
