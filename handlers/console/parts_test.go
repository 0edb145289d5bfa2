package console

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionlab/session"
	"sessionlab/session/pyjson"
)

// As many parts as a session has room for are read and set. Of two of one name the last counts.
func TestThousandsOfParts(t *testing.T) {
	list := "[" + strings.Repeat("1,", 32_700) + "1]"
	var names strings.Builder
	for i := range 6_000 {
		names.WriteString(`"` + strconv.FormatInt(int64(i), 36) + `":1,`)
	}
	object := "{" + names.String() + `"0":2}`
	for _, text := range []string{list, object} {
		v, err := ParseJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		s := session.Open(t.Context(), session.NewCache(session.DefaultLimits(), time.Now), "", time.Now)
		command := Command{Op: "set", Key: "a", Value: v}
		if v.Kind() == pyjson.Object {
			command = Command{Op: "update", Value: v}
		}
		if _, err := Run(s, command); err != nil {
			t.Fatal(err)
		}
		if err := s.Save(); err != nil {
			t.Fatal(err)
		}
		if parts := v.Parts(); v.Kind() == pyjson.Object && (s.Data().Len() != 6_000 || len(parts) != 6_000 || parts[0].Value != "2") {
			t.Fatalf("%d names, %s", len(parts), parts[0].Value)
		}
	}
}
