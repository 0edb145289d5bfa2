package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
)

// build describes this executable.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Date     string `json:"date"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

// thisBuild reads what the Go tool wrote into the executable. If it was built outside of a checkout, commit and
// date are unknown.
func thisBuild() build {
	b := build{Version: "(devel)", Commit: "unknown", Date: "unknown", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Commit = setting.Value
		case "vcs.time":
			b.Date = setting.Value
		case "vcs.modified":
			b.Modified = setting.Value == "true"
		}
	}
	return b
}

// version implements sessionlab version.
func version(args []string, p process) error {
	var o options
	f := newFlags("version", "version [-json]      print version and build", p)
	f.BoolVar(&o.json, "json", false, "print JSON, for machines")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	b := thisBuild()
	if o.json {
		return json.NewEncoder(p.out).Encode(b)
	}
	modified := ""
	if b.Modified {
		modified = " (modified)"
	}
	_, err := fmt.Fprintf(p.out, "sessionlab %s\ncommit     %s%s\ndate       %s\nbuilt with %s for %s/%s\n",
		b.Version, b.Commit, modified, b.Date, b.Go, b.OS, b.Arch)
	return err
}
