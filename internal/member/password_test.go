package member

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

type vector struct {
	MadeBy   string `json:"made_by"`
	Password string `json:"password"`
	Encoded  string `json:"encoded"`
}

func vectors(t testing.TB) []vector {
	source, err := os.ReadFile("testdata/passwords.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(source, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// Every encoding was made by a real Django and checked with four of its versions.
func TestVerifyAsDjango(t *testing.T) {
	known := 0
	for _, v := range vectors(t) {
		algorithm, _, _ := strings.Cut(v.Encoded, "$")
		switch algorithm {
		case "argon2", "pbkdf2_sha256", "bcrypt_sha256", "scrypt":
		default:
			continue // not supported
		}
		known++
		t.Run(v.MadeBy+" "+algorithm+" "+v.Password[:min(len(v.Password), 10)], func(t *testing.T) {
			t.Parallel()
			if !verify(v.Password, v.Encoded) {
				t.Errorf("%s does not match", v.Encoded)
			}
			if strings.HasPrefix(v.Encoded, "argon2") && verify(v.Password+"x", v.Encoded) {
				t.Errorf("%s matches a wrong password", v.Encoded)
			}
		})
	}
	if known < 40 {
		t.Errorf("%d vectors, want at least 40", known)
	}
}

func TestEncode(t *testing.T) {
	encoded := encode("correct horse battery")
	if !isCurrent(encoded) || len(encoded) > 128 || !verify("correct horse battery", encoded) || verify("correct horse batterx", encoded) {
		t.Errorf("encoded as %s", encoded)
	}
	if encode("correct horse battery") == encoded {
		t.Error("the same salt twice")
	}
}

// Damaged or hostile encodings are refused before any hashing.
func TestHostileEncodings(t *testing.T) {
	salt, hash := "c29tZXNhbHQ", strings.Repeat("A", 43)
	hash44 := strings.Repeat("A", 43) + "="
	for name, encoded := range map[string]string{
		"empty":               "",
		"plain text":          "secret",
		"unusable":            "!" + strings.Repeat("x", 40),
		"md5":                 "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
		"argon2 memory":       "argon2$argon2id$v=19$m=999999999,t=2,p=1$" + salt + "$" + hash,
		"argon2 time":         "argon2$argon2id$v=19$m=19456,t=999999,p=1$" + salt + "$" + hash,
		"argon2 threads":      "argon2$argon2id$v=19$m=19456,t=2,p=255$" + salt + "$" + hash,
		"argon2 no threads":   "argon2$argon2id$v=19$m=19456,t=2,p=0$" + salt + "$" + hash,
		"argon2 no time":      "argon2$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + hash,
		"argon2 overflow":     "argon2$argon2id$v=19$m=99999999999999999999,t=2,p=1$" + salt + "$" + hash,
		"argon2 negative":     "argon2$argon2id$v=19$m=-1,t=2,p=1$" + salt + "$" + hash,
		"argon2i":             "argon2$argon2i$v=19$m=19456,t=2,p=1$" + salt + "$" + hash,
		"argon2 empty hash":   "argon2$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$",
		"argon2 long hash":    "argon2$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + strings.Repeat("A", 4000),
		"pbkdf2 iterations":   "pbkdf2_sha256$999999999$salt$" + hash44,
		"pbkdf2 none":         "pbkdf2_sha256$0$salt$" + hash44,
		"pbkdf2 sign":         "pbkdf2_sha256$+1$salt$" + hash44,
		"pbkdf2 short hash":   "pbkdf2_sha256$1$salt$AAAA",
		"bcrypt cost":         "bcrypt_sha256$$2b$31$" + strings.Repeat("a", 53),
		"bcrypt short":        "bcrypt_sha256$$2b$04$aaaa",
		"scrypt n":            "scrypt$1073741824$salt$8$1$" + strings.Repeat("A", 86) + "==",
		"scrypt n no power":   "scrypt$16385$salt$8$1$" + strings.Repeat("A", 86) + "==",
		"scrypt r":            "scrypt$2$salt$999999999$999999999$" + strings.Repeat("A", 86) + "==",
		"scrypt p":            "scrypt$16384$salt$8$99999$" + strings.Repeat("A", 86) + "==",
		"too many parts":      strings.Repeat("argon2$", 1000),
		"NUL":                 "argon2$\x00",
		"bcrypt wrong digits": "bcrypt_sha256$$2b$xx$" + strings.Repeat("a", 53),
	} {
		if _, err := parse(encoded); err == nil {
			t.Errorf("%s: taken for an encoding", name)
		}
		if verify("secret", encoded) {
			t.Errorf("%s: matches", name)
		}
	}
}

func FuzzParseEncoding(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Encoded)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		h, err := parse(encoded)
		if err != nil {
			return
		}
		switch h := h.(type) {
		case argonHash:
			if h.memory > maxArgonMemory || h.time*h.memory > maxArgonWork {
				t.Errorf("would cost m=%d t=%d", h.memory, h.time)
			}
		case pbkdf2Hash:
			if h.iterations > maxIterations {
				t.Errorf("would cost %d iterations", h.iterations)
			}
		case scryptHash:
			if h.n*h.r*h.p > maxScryptWork {
				t.Errorf("would cost n=%d r=%d p=%d", h.n, h.r, h.p)
			}
		}
	})
}

func FuzzName(f *testing.F) {
	for _, seed := range []string{"alice", "小明", " a  b ", "ＡＢＣ", "ß", "İstanbul", "a\u202eb", "\u200b", "e\u0301", "\xff", "a   ¨b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		clean, problem := cleanName(name)
		if problem != "" {
			return
		}
		again, problem := cleanName(clean)
		if problem != "" || again != clean {
			t.Errorf("%q is kept as %q, which is kept as %q (%s)", name, clean, again, problem)
		}
		if nameKey(name) != nameKey(clean) {
			t.Errorf("%q and %q are not one name", name, clean)
		}
		if strings.ContainsAny(clean, "\x00\n\r\t\u202e\u200b") {
			t.Errorf("%q is kept as %q", name, clean)
		}
	})
}

// pbkdf2Of returns an encoding like those of older versions of Django.
func pbkdf2Of(t *testing.T, password, salt string, iterations int) string {
	t.Helper()
	key, err := pbkdf2.Key(sha256.New, password, []byte(salt), iterations, sha256.Size)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("pbkdf2_sha256$%d$%s$%s", iterations, salt, base64.StdEncoding.EncodeToString(key))
}
