package session

import "crypto/rand"

const (
	keyLength  = 32
	keyLetters = "abcdefghijklmnopqrstuvwxyz0123456789"

	// minKeyLength is the length of the shortest key of a client's that Django looks up.
	minKeyLength = 8
)

// possibleKey reports whether a store is asked for what a client sends as its key.
func possibleKey(key string) bool { return len(key) >= minKeyLength && !isHash(key) }

// NewKey returns a new session key: 32 characters of a-z0-9 from a secure random source, all of
// them equally likely (165 bits).
func NewKey() string {
	const fair = 256 - 256%len(keyLetters) // bytes from here on would favour the first letters
	key := make([]byte, 0, keyLength)
	var random [keyLength + 16]byte
	for {
		rand.Read(random[:]) // never fails: crypto/rand ends the program instead
		for _, b := range random {
			if int(b) < fair {
				key = append(key, keyLetters[int(b)%len(keyLetters)])
			}
			if len(key) == keyLength {
				return string(key)
			}
		}
	}
}
