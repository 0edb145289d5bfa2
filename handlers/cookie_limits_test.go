package handlers

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/web"
	"sessionlab/internal/web/webtest"
)

// Every fact, group and word of the passport has its text.
func TestTextsOfPassport(t *testing.T) {
	texts := catalogue(t, "en") // the other languages have the same ids
	var ids []string
	for _, f := range experiment.Facts() {
		ids = append(ids, "fact."+f.Name, "group."+f.Group)
		if f.Untried != "" {
			ids = append(ids, "missing."+f.Untried)
		}
	}
	for _, g := range experiment.FactGroups() {
		ids = append(ids, "group."+g)
	}
	for _, w := range experiment.Words() {
		ids = append(ids, "value."+w)
	}
	for _, m := range []string{"alone", "never", "place", "trusted", "yet"} {
		ids = append(ids, "missing."+m)
	}
	known := map[string]bool{}
	for _, id := range ids {
		known["cookie.limits."+id] = true
		if texts["cookie.limits."+id] == "" {
			t.Errorf("no words for %s", id)
		}
	}
	for id := range texts {
		family, _, _ := strings.Cut(strings.TrimPrefix(id, "cookie.limits."), ".")
		if strings.Count(id, ".") == 3 && strings.HasPrefix(id, "cookie.limits.") && family != "error" && family != "file" && !known[id] {
			t.Errorf("%s is left over", id)
		}
	}
}

func compare(v *webtest.Visitor, file []byte) webtest.Answer {
	v.T.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("passport", "passport.json")
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		v.T.Fatal(err)
	}
	return v.Do(v.Request(http.MethodPost, "/cookie/limits/", body.String(), "Content-Type", form.FormDataContentType(), "Accept-Language", "en"))
}

// A file from elsewhere is shown but not stored; a file that is not a passport is refused with an
// explanation.
func TestComparePassport(t *testing.T) {
	v := newTestLab(t).Visitor()
	file, err := json.Marshal(experiment.PassportFile{
		Version: 1, Browser: "<b>Lynx</b> 2", At: "http://localhost", Date: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Lab: "1",
		Facts: []experiment.StatedFact{{Name: "pair", Value: "<i>9</i>"}, {Name: "tab", Value: "kept"}, {Name: "newer", Value: "1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, file string
		status     int
		says       string
	}{
		{"one", string(file), 200, "&lt;b&gt;Lynx&lt;/b&gt; 2"},
		{"its value", string(file), 200, "&lt;i&gt;9&lt;/i&gt;"},
		{"nothing", "", 400, "No file was chosen"},
		{"no JSON", "a=b", 400, "not a passport"},
		{"two", string(file) + string(file), 400, "not a passport"},
		{"other JSON", `{"a":1}`, 400, "not a passport"},
		{"too large", string(file) + strings.Repeat(" ", experiment.MaxPassport), 400, "not a passport"},
		{"far too large", strings.Repeat(" ", web.MaxForm+1), 413, "413"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v.T = t
			if got := compare(v, []byte(test.file)); got.StatusCode != test.status || !strings.Contains(got.Body, test.says) {
				t.Errorf("%d, want %d and %q", got.StatusCode, test.status, test.says)
			}
		})
	}
	v.T = t
	if got := v.Get("/cookie/limits/"); strings.Contains(got.Body, "Lynx") {
		t.Error("the file was kept")
	}
	if got := v.Get("/cookie/limits/passport.json"); got.StatusCode != http.StatusNotFound {
		t.Errorf("a passport that was not made: %d", got.StatusCode)
	}
}
