package stage

import (
	"encoding/json"
	"os"
	"testing"
)

// hostile are the texts of testdata/hostile.json, and what JSON cannot say: bytes that are no UTF-8.
func hostile(t testing.TB) []string {
	t.Helper()
	source, err := os.ReadFile("testdata/hostile.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	if err := json.Unmarshal(source, &texts); err != nil {
		t.Fatal(err)
	}
	return append(texts, "\xff\xfe\x80<script>", "\xc0\xbcscript\xc0\xbe", "\xed\xa0\x80")
}

// catalogue are the texts of a language.
func catalogue(t testing.TB, lang string) (texts map[string]string) {
	t.Helper()
	source, err := os.ReadFile("../../lessons/" + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(source, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}
