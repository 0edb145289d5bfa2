package main

import "embed"

// files is all that the lab shows. The source of the lessons and laboratories is among it, because
// pages quote the code that runs them. Their tests are not: a pattern leaves out names that end in
// t.go, so the other files of such names are listed one by one.
//
//go:embed templates static lessons handlers/*[^t].go handlers/*/*[^t].go
//go:embed handlers/account.go handlers/logout.go
//go:embed handlers/console/script.go handlers/cookielab/predict.go handlers/race/logout.go
var files embed.FS
