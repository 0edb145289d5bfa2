package main

import "embed"

// files is all that the lab shows. The handlers' source is among it, because
// the pages quote the code that runs them.
//
//go:embed templates static lessons handlers/*.go handlers/*/*.go
var files embed.FS
