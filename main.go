// Sessionlab teaches how the web remembers: cookies, sessions and login. It is
// one executable that serves its pages on this machine; see README.md.
//
// The command is in internal/cli, the pages are in handlers.
package main

import (
	"os"

	"sessionlab/internal/cli"
)

func main() { os.Exit(cli.Main(files)) }
