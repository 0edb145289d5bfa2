package django

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/console"
	"sessionlab/session"
)

// sequences returns how many sequences of operations to compare, and the seed of the first. The environment variables
// SESSIONLAB_TEST_SEQUENCES and SESSIONLAB_TEST_SEED change them.
func sequences(t *testing.T) (n int, seed uint64) {
	t.Helper()
	n, seed = 200, 1
	for name, set := range map[string]func(int){
		"SESSIONLAB_TEST_SEQUENCES": func(i int) { n = i },
		"SESSIONLAB_TEST_SEED":      func(i int) { seed = uint64(i) },
	} {
		if text := os.Getenv(name); text != "" {
			i, err := strconv.Atoi(text)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			set(i)
		}
	}
	return n, seed
}

// came holds the outcome of one operation, which runs in a request of its own.
type came struct {
	Result   string // JSON, or "KeyError"
	Modified bool
	Data     string // what the next request finds; "" if there is no session
}

// The same random operations on the same sessions have the same results, and leave the same data and the same
// modified.
func TestConsoleOperations(t *testing.T) {
	django := startDjango(t, filepath.Join(t.TempDir(), "django.db"))
	django.do("manage", "migrate", "sessions")
	n, first := sequences(t)
	for i := range n {
		seed := first + uint64(i)
		random := rand.New(rand.NewPCG(seed, 0))
		var lines []string
		var commands []console.Command
		for range 1 + random.IntN(25) {
			line := randomLine(random)
			c, err := console.ParseLine(line)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			lines, commands = append(lines, line), append(commands, c)
		}
		want := ask[[]came](django, "operate", lines)
		if len(want) != len(lines) {
			t.Fatalf("Django did %d of %d operations", len(want), len(lines))
		}
		key := ""
		store := session.NewCache(session.DefaultLimits(), time.Now)
		for j, c := range commands {
			got, next := operate(t, store, key, c)
			if key = next; got != want[j] {
				t.Fatalf("seed %d: after\n%s\nthe lab has   %+v\nDjango has %+v", seed, strings.Join(lines[:j+1], "\n"), got, want[j])
			}
		}
	}
	t.Logf("%d sequences, seeds from %d", n, first)
}

// operate runs one operation in a request of its own, and looks at the session in another one.
func operate(t *testing.T, store session.Store, key string, c console.Command) (came, string) {
	t.Helper()
	s := request(store, key)
	outcome, err := console.Run(s, c)
	got := came{Result: string(outcome.Result), Modified: outcome.Modified}
	if err != nil {
		got.Result = "KeyError"
	}
	if c.Op == "session_key" && outcome.Result != "null" {
		got.Result = `"a key"`
	}
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	key = s.ID()
	after := request(store, key)
	if got.Data = after.Data().String(); after.ID() == "" {
		got.Data = ""
	}
	return got, after.ID()
}

func request(store session.Store, key string) *session.Session {
	return session.Open(context.Background(), store, key, time.Now)
}

// randomLine returns an operation in Django's syntax. It uses only few keys, so that many of them already exist.
func randomLine(r *rand.Rand) string {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	key := pick(`'a'`, `'b'`, `'中'`, `''`, `'testcookie'`)
	return pick(
		"s["+key+"] = "+randomValue(r, 0), "s["+key+"] = "+randomValue(r, 0), "s["+key+"] = "+randomValue(r, 0),
		"s["+key+"]", "s.get("+key+")", "s.get("+key+", "+randomValue(r, 0)+")", "s.has_key("+key+")", key+" in s",
		"del s["+key+"]", "s.pop("+key+")", "s.pop("+key+", "+randomValue(r, 0)+")",
		"s.setdefault("+key+", "+randomValue(r, 0)+")",
		"s.update({"+key+": "+randomValue(r, 0)+", 'z': "+randomValue(r, 0)+", 'c': 1})", "s.update({})",
		"s.keys()", "s.values()", "s.items()", "s.is_empty()", "s.session_key", "s.clear()", "s.flush()", "s.cycle_key()", "s.save()",
		"s.set_expiry("+pick("300", "0", "None", "-5", "1000000")+")", "s.get_expiry_age()", "s.get_expire_at_browser_close()",
		"s.set_test_cookie()", "s.test_cookie_worked()", "s.delete_test_cookie()",
	)
}

func randomValue(r *rand.Rand, depth int) string {
	kinds := 9
	if depth > 2 {
		kinds = 7
	}
	switch r.IntN(kinds) {
	case 0:
		return "None"
	case 1:
		return []string{"True", "False"}[r.IntN(2)]
	case 2:
		return strconv.FormatInt(r.Int64()>>r.IntN(63), 10)
	case 3:
		return "-" + strings.Repeat(strconv.Itoa(1+r.IntN(9)), 1+r.IntN(40))
	case 4:
		return fmt.Sprintf("%.*f", 1+r.IntN(5), r.NormFloat64()*1000)
	case 5:
		return fmt.Sprintf("%d.5e%d", r.IntN(10), r.IntN(600)-300)
	case 6:
		return []string{`''`, `"it's"`, `'会话🍪'`, `'\ud83c'`, `'\x00\n\t\\'`, `'<b>&amp;'`, `'\U0001f36a'`}[r.IntN(7)]
	case 7:
		return "[" + randomValue(r, depth+1) + ", " + randomValue(r, depth+1) + "]"
	}
	return "{'y': " + randomValue(r, depth+1) + ", 'x': " + randomValue(r, depth+1) + "}"
}

// The scripts that the page lets readers copy run: the Python one in Django, the test in Go.
func TestConsoleScripts(t *testing.T) {
	django := startDjango(t, filepath.Join(t.TempDir(), "django.db"))
	django.do("manage", "migrate", "sessions")
	histories := console.NewHistories(time.Now)
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		visitor := strconv.FormatUint(seed, 10)
		store := session.NewCache(session.DefaultLimits(), time.Now)
		key := ""
		for i := range 30 {
			c, err := console.ParseLine(randomLine(random))
			if err != nil {
				t.Fatal(err)
			}
			before := console.Own(request(store, key).Data())
			if _, key = operate(t, store, key, c); i > 5 { // the session is not empty when the history begins
				histories.Add(visitor, console.Entry{Command: c, At: time.Now(), Before: before})
			}
		}
		script := console.PythonScript(histories.Entries(visitor))
		if err := django.try(nil, "execute", script); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, script)
		}
		test, err := console.GoTest(histories.Entries(visitor))
		if err != nil {
			t.Fatal(err)
		}
		if seed < 2 {
			runGoTest(t, test)
		}
	}
	if err := django.try(nil, "execute", strings.Replace(console.PythonScript(nil), "\n\n", "\n", 1)+"s['a'] = 1\nassert s.get('a') == 2\n"); err == nil {
		t.Error("a wrong result raised nothing")
	}
}

// runGoTest runs a test as if it were in a file of the package session.
func runGoTest(t *testing.T, test string) {
	t.Helper()
	folder := t.TempDir()
	file := filepath.Join(folder, "copied_test.go")
	overlay := filepath.Join(folder, "overlay.json")
	target, err := filepath.Abs("../../session/copied_test.go")
	if err != nil {
		t.Fatal(err)
	}
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{target: file}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{file: []byte(test), overlay: replace} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("go", "test", "-overlay", overlay, "-run", "^TestConsole$", "-count=1", "-v", "sessionlab/session").CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestConsole")) {
		t.Fatalf("%v\n%s\n%s", err, out, test)
	}
}
