package cookie

import (
	"testing"
	"time"
)

// TestParseDate covers section 5.1.1.
func TestParseDate(t *testing.T) {
	for text, want := range map[string]string{
		"Wed, 09 Jun 2027 10:18:14 GMT":     "2027-06-09 10:18:14",
		"Wednesday, 09-Jun-27 10:18:14 GMT": "2027-06-09 10:18:14",
		"Wed Jun  9 10:18:14 2027":          "2027-06-09 10:18:14",
		"10:18:14 2027 JUNE 9":              "2027-06-09 10:18:14",
		"9 Jun 2027 1:2:3":                  "2027-06-09 01:02:03",
		"9th Jun 2027x 10:18:14PM":          "2027-06-09 10:18:14",
		"9/Jun/2027@10:18:14+0200":          "2027-06-09 10:18:14",
		"9 Jun 70 10:18:14":                 "1970-06-09 10:18:14",
		"9 Jun 69 10:18:14":                 "2069-06-09 10:18:14",
		"9 Jun 99 10:18:14":                 "1999-06-09 10:18:14",
		"9 Jun 00 10:18:14":                 "2000-06-09 10:18:14",
		"1 Jan 1601 00:00:00":               "1601-01-01 00:00:00",
		"29 Feb 2028 10:18:14":              "2028-02-29 10:18:14",
		"9 Jun 2027 23:59:59":               "2027-06-09 23:59:59",
		"9 Jun 9999 10:18:14":               "9999-06-09 10:18:14",
		"9 Jun 2027 10:18:14 10 Jul 2028":   "2027-06-09 10:18:14",
		"":                                  "",
		"never":                             "",
		"9 Jun 2027":                        "",
		"9 Jun 10:18:14":                    "",
		"Jun 2027 10:18:14":                 "",
		"9 2027 10:18:14":                   "",
		"9 Jun 1600 10:18:14":               "",
		"9 Jun 127 10:18:14":                "",
		"9 Jun 7 10:18:14":                  "",
		"9 Jun 20270 10:18:14":              "",
		"0 Jun 2027 10:18:14":               "",
		"32 Jun 2027 10:18:14":              "",
		"31 Jun 2027 10:18:14":              "",
		"29 Feb 2027 10:18:14":              "",
		"9 Jun 2027 24:00:00":               "",
		"9 Jun 2027 10:60:14":               "",
		"9 Jun 2027 10:18:60":               "",
		"9 Jun 2027 10:18":                  "",
		"9 Jun 2027 010:18:14":              "",
		"2027-06-09T10:18:14Z":              "",
	} {
		got, ok := ParseDate(text)
		if ok != (want != "") || ok && got.Format(time.DateTime) != want {
			t.Errorf("%q is %v, %t; want %q", text, got, ok, want)
		}
	}
}

func FuzzDate(f *testing.F) {
	for _, seed := range []string{"Wed, 09 Jun 2027 10:18:14 GMT", "9 Jun 127 1:2:3", "", "::::", "99999999999999999999 jan 1:1:1", "12:30 9 Jun 2027 10:18:14"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, parse := range []func(string) (time.Time, bool){ParseDate, parseChromiumDate} {
			at, ok := parse(text)
			if !ok {
				continue
			}
			// A date that was read can be written so that both functions read it.
			plain := at.Format("02 Jan 2006 15:04:05")
			if at.Year() < 1601 || at.Year() > 9999 {
				continue // only Chromium reads such years
			}
			if again, ok := parse(plain); !ok || !again.Equal(at) {
				t.Fatalf("%q is %v, and %q is %v, %t", text, at, plain, again, ok)
			}
		}
		if at, ok := ParseDate(text); ok && (at.Year() < 1601 || at.Year() > 9999) {
			t.Fatalf("%q is %v", text, at)
		}
	})
}
