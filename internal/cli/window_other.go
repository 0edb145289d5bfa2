//go:build !windows

package cli

// keepWindow is for Windows, where a double click opens a console that closes
// with the program.
func keepWindow([]string) {}
