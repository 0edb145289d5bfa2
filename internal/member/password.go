package member

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
)

// Parameters for hashing new passwords: argon2id with the minimum that OWASP recommends.
const (
	argonMemory  = 19456 // KiB
	argonTime    = 2
	argonThreads = 1
	argonLength  = 32 // bytes
	saltLength   = 22 // characters
)

// The highest parameters accepted in an encoding. A row may be damaged, or made to keep the machine busy: an
// encoding that would take more than about a second never matches.
const (
	maxIterations  = 2_000_000 // Django 6.1 uses 1,500,000
	maxArgonMemory = 256 << 10 // KiB
	maxArgonWork   = 512 << 10 // KiB times passes
	maxBcryptCost  = 13
	maxScryptWork  = 1 << 20 // N times r times p
	maxSalt        = 128
)

// currentPrefix begins every encoding that encode makes.
var currentPrefix = fmt.Sprintf("argon2$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, argonMemory, argonTime, argonThreads)

// encode hashes a password and returns it in Django's encoding, like encode of Django's
// Argon2PasswordHasher but with our own parameters.
func encode(password string) string {
	salt := rand.Text()[:saltLength]
	hash := argon2.IDKey([]byte(password), []byte(salt), argonTime, argonMemory, argonThreads, argonLength)
	return currentPrefix + base64.RawStdEncoding.EncodeToString([]byte(salt)) + "$" + base64.RawStdEncoding.EncodeToString(hash)
}

// isCurrent reports whether an encoding has the parameters that encode uses now.
func isCurrent(encoded string) bool { return strings.HasPrefix(encoded, currentPrefix) }

// verify reports whether encoded is an encoding of password, made by Django or by encode. An encoding that
// it cannot read never matches.
func verify(password, encoded string) bool {
	h, err := parse(encoded)
	if err != nil {
		return false
	}
	return h.matches(password)
}

// hash is an encoding after parsing.
type hash interface {
	matches(password string) bool
}

var errEncoding = errors.New("not a password encoding that is known here")

// parse reads an encoding and checks its parameters. It does not hash anything.
func parse(encoded string) (hash, error) {
	algorithm, rest, _ := strings.Cut(encoded, "$")
	parts := strings.Split(rest, "$")
	switch {
	case algorithm == "argon2" && len(parts) == 5:
		return parseArgon2(parts)
	case algorithm == "pbkdf2_sha256" && len(parts) == 3:
		return parsePBKDF2(parts)
	case algorithm == "bcrypt_sha256":
		return parseBcrypt(rest)
	case algorithm == "scrypt" && len(parts) == 5:
		return parseScrypt(parts)
	}
	return nil, errEncoding
}

// argonHash holds an encoding of Django's Argon2PasswordHasher.
type argonHash struct {
	salt, want            []byte
	time, memory, threads int
}

func parseArgon2(parts []string) (hash, error) {
	var h argonHash
	var version int
	if parts[0] != "argon2id" {
		return nil, errEncoding
	}
	var err error
	if version, err = number(strings.CutPrefix(parts[1], "v=")); err != nil || version != argon2.Version {
		return nil, errEncoding
	}
	parameters := strings.Split(parts[2], ",")
	if len(parameters) != 3 {
		return nil, errEncoding
	}
	for i, into := range []*int{&h.memory, &h.time, &h.threads} {
		if *into, err = number(strings.CutPrefix(parameters[i], []string{"m=", "t=", "p="}[i])); err != nil {
			return nil, errEncoding
		}
	}
	if h.time < 1 || h.threads < 1 || h.threads > 16 || h.memory < 8*h.threads || h.memory > maxArgonMemory || h.time > maxArgonWork/h.memory {
		return nil, errEncoding
	}
	if h.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[3]); err != nil || len(h.salt) < 8 || len(h.salt) > maxSalt {
		return nil, errEncoding
	}
	if h.want, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil || len(h.want) < 12 || len(h.want) > 64 {
		return nil, errEncoding
	}
	return h, nil
}

func (h argonHash) matches(password string) bool {
	got := argon2.IDKey([]byte(password), h.salt, uint32(h.time), uint32(h.memory), uint8(h.threads), uint32(len(h.want)))
	return subtle.ConstantTimeCompare(got, h.want) == 1
}

// pbkdf2Hash holds an encoding of Django's PBKDF2PasswordHasher.
type pbkdf2Hash struct {
	salt       string
	want       []byte
	iterations int
}

func parsePBKDF2(parts []string) (hash, error) {
	iterations, err := number(parts[0], true)
	if err != nil || iterations < 1 || iterations > maxIterations || len(parts[1]) == 0 || len(parts[1]) > maxSalt {
		return nil, errEncoding
	}
	want, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(want) != sha256.Size {
		return nil, errEncoding
	}
	return pbkdf2Hash{parts[1], want, iterations}, nil
}

func (h pbkdf2Hash) matches(password string) bool {
	got, err := pbkdf2.Key(sha256.New, password, []byte(h.salt), h.iterations, len(h.want))
	return err == nil && subtle.ConstantTimeCompare(got, h.want) == 1
}

// bcryptHash holds an encoding of Django's BCryptSHA256PasswordHasher.
type bcryptHash []byte

func parseBcrypt(encoded string) (hash, error) {
	cost, err := bcrypt.Cost([]byte(encoded))
	if err != nil || cost > maxBcryptCost || len(encoded) != 60 {
		return nil, errEncoding
	}
	return bcryptHash(encoded), nil
}

// matches compares the SHA-256 of the password, because bcrypt reads only its first 72 bytes.
func (h bcryptHash) matches(password string) bool {
	sum := sha256.Sum256([]byte(password))
	return bcrypt.CompareHashAndPassword(h, []byte(hex.EncodeToString(sum[:]))) == nil
}

// scryptHash holds an encoding of Django's ScryptPasswordHasher.
type scryptHash struct {
	salt    string
	want    []byte
	n, r, p int
}

func parseScrypt(parts []string) (hash, error) {
	h := scryptHash{salt: parts[1]}
	var err error
	for i, into := range map[int]*int{0: &h.n, 2: &h.r, 3: &h.p} {
		if *into, err = number(parts[i], true); err != nil {
			return nil, errEncoding
		}
	}
	if h.n < 2 || h.n&(h.n-1) != 0 || h.r < 1 || h.p < 1 || h.n > maxScryptWork/h.r || h.n*h.r > maxScryptWork/h.p || len(h.salt) > maxSalt {
		return nil, errEncoding
	}
	if h.want, err = base64.StdEncoding.Strict().DecodeString(parts[4]); err != nil || len(h.want) != 64 {
		return nil, errEncoding
	}
	return h, nil
}

func (h scryptHash) matches(password string) bool {
	got, err := scrypt.Key([]byte(password), []byte(h.salt), h.n, h.r, h.p, len(h.want))
	return err == nil && subtle.ConstantTimeCompare(got, h.want) == 1
}

// number reads a decimal number if the prefix before it was found.
func number(digits string, found bool) (int, error) {
	if !found || digits == "" || len(digits) > 9 || strings.Trim(digits, "0123456789") != "" {
		return 0, errEncoding
	}
	return strconv.Atoi(digits)
}
