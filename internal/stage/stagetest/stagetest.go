// Package stagetest has what several tests of the stage need: texts as strangers send them, and those of
// the catalogues.
package stagetest

import (
	_ "embed"
	"encoding/json"
	"os"
	"testing"
)

//go:embed hostile.json
var hostile []byte

// Hostile returns texts that would do something where they are not shown as they are.
func Hostile(t testing.TB) (texts []string) {
	t.Helper()
	if err := json.Unmarshal(hostile, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

// HostileBytes returns the same, and bytes that are not UTF-8.
func HostileBytes(t testing.TB) []string {
	t.Helper()
	return append(Hostile(t), "\xff\xfe\x80<script>", "\xc0\xbcscript\xc0\xbe", "\xed\xa0\x80")
}

// Catalogue returns the texts of a language, for tests that run three folders below the root.
func Catalogue(t testing.TB, lang string) (texts map[string]string) {
	t.Helper()
	source, err := os.ReadFile("../../../lessons/" + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(source, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}
