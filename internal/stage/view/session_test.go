package view

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/stage/record"
	"sessionlab/internal/stage/stagetest"
	"sessionlab/session"
)

// Values are compared as the store has them: in its order, with numbers of any size and with what only
// Python accepts as JSON.
func TestSessionViewKeepsValues(t *testing.T) {
	before := &record.StoredSession{Data: []byte(`{"big":123456789012345678901234567890,"f":1.0,"nan":NaN,"n":{"b":[1,2],"a":"<\u5c0f>"},"gone":null}`)}
	after := &record.StoredSession{Data: []byte(`{"f":1,"big":123456789012345678901234567891,"n":{"b":[1,2],"a":"<\u5c0f>"},"nan":NaN,"half":"\ud800"}`)}
	want := []Entry{
		{"f", "1.0", "1", Changed},
		{"big", "123456789012345678901234567890", "123456789012345678901234567891", Changed},
		{"n", `{"b":[1,2],"a":"<\u5c0f>"}`, `{"b":[1,2],"a":"<\u5c0f>"}`, Same},
		{"nan", "NaN", "NaN", Same},
		{"half", "", `"\ud800"`, New},
		{"gone", "null", "", Gone},
	}
	check := func(before, after *record.StoredSession) {
		t.Helper()
		if got := viewSession(before, after).Entries; !slices.Equal(got, want) {
			t.Errorf("got %+v", got)
		}
	}
	check(before, after)
	text, err := (&record.Exchange{Before: before, After: after}).JSON()
	if err != nil {
		t.Fatal(err)
	}
	var sent struct {
		Session struct {
			Before, After struct{ Data_text string }
		}
	}
	if err := json.Unmarshal(text, &sent); err != nil {
		t.Fatal(err)
	}
	check(&record.StoredSession{Data: []byte(sent.Session.Before.Data_text)}, &record.StoredSession{Data: []byte(sent.Session.After.Data_text)})
}

// Signed texts are taken apart, others are not.
func TestSigned(t *testing.T) {
	at := noon.Add(time.Second)
	engine := session.NewSignedCookies(session.Keys{"secret"}, func() time.Time { return at })
	for name, value := range map[string]string{"plain": "1", "compressed": strings.Repeat("1", 500)} {
		t.Run(name, func(t *testing.T) {
			var d session.Data
			if err := d.Set("res", value); err != nil {
				t.Fatal(err)
			}
			r, err := engine.Create(context.Background(), session.Record{Data: d})
			if err != nil {
				t.Fatal(err)
			}
			kept := &record.StoredSession{Raw: r.Raw, Data: []byte(d.String())}
			view := viewSession(kept, nil)
			got := view.Raw()
			if got == nil {
				t.Fatalf("%s is not taken apart", r.Raw)
			}
			if !got.Time.Equal(at) || got.Compressed != (name == "compressed") || string(view.Kept().Data) != d.String() {
				t.Errorf("got %+v", got)
			}
			if got.Payload+":"+got.Timestamp+":"+got.Signature != r.Raw {
				t.Errorf("%+v is not %s", got, r.Raw)
			}
		})
	}
	for _, raw := range append(stagetest.HostileBytes(t), "", "::", "a:b", `{"expires":"2026","data":{"a":":1:b"}}`, "a:!:b", "a:123456789:b", "a:1:") {
		if got := (&SessionView{After: &record.StoredSession{Raw: raw}}).Raw(); got != nil && raw != "a:1:" {
			t.Errorf("%q is no signed text, but %+v", raw, got)
		}
	}
	if got := new(SessionView).Raw(); got != nil {
		t.Errorf("no session, but %+v", got)
	}
}

func FuzzSessionView(f *testing.F) {
	for _, text := range stagetest.HostileBytes(f) {
		f.Add(text, `{"a":"`+text+`"}`)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		v := viewSession(&record.StoredSession{Data: []byte(before), Raw: before}, &record.StoredSession{Data: []byte(after), Raw: after})
		v.says()
		v.Raw()
		for _, e := range v.Entries {
			if e.Change == Same && e.Before != e.Now {
				t.Errorf("%+v is not the same", e)
			}
		}
	})
}
