//go:build unix && !darwin

package cli

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/labtest"
	"sessionlab/session/storetest"
)

// A lab can count in a Redis over TLS if it trusts the certificate. Otherwise the counter answers with 503, and the
// log says what is wrong. The password appears nowhere.
//
// On macOS and Windows, trusted certificates are in the system's own store, which has no SSL_CERT_FILE.
func TestRedisTLS(t *testing.T) {
	const password, secretPart = "p/a:hunter2@%s s", "hunter2" // the part that is the same in a URL
	cert, key := newCertificate(t, "127.0.0.1")
	otherCert, otherKey := newCertificate(t, "127.0.0.2")
	server, addr := storetest.StartRedisTLS(t, cert, key)
	other, otherAddr := storetest.StartRedisTLS(t, otherCert, otherKey)
	for _, s := range []*storetest.RedisServer{server, other} {
		s.Do("ACL", "SETUSER", "lab", "on", ">"+password, "~sessionlab:*", "+@all")
	}
	binary := buildLab(t)
	for _, tt := range []struct {
		name                   string
		scheme, password, addr string
		trusts                 string
		says                   string // in the log; "" if the lab can count
	}{
		{"trusted", "rediss", password, addr, cert, ""},
		{"not trusted", "rediss", password, addr, otherCert, "unknown authority"},
		{"the certificate of another", "rediss", password, otherAddr, otherCert, "valid for 127.0.0.2, not 127.0.0.1"},
		{"a wrong password", "rediss", password + "2", addr, cert, "WRONGPASS"},
		{"a server without TLS", "rediss", password, server.Addr, cert, "session store unavailable"},
		{"TLS and nobody said so", "redis", password, addr, cert, "session store unavailable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := url.URL{Scheme: tt.scheme, User: url.UserPassword("lab", tt.password), Host: tt.addr}
			command := labtest.Command(binary, filepath.Join(t.TempDir(), "lab.db"), "-log", "text", "-session-engine", "redis", "-redis", at.String())
			command.Env = append(os.Environ(), "SSL_CERT_FILE="+tt.trusts)
			var log bytes.Buffer
			command.Stderr = &log
			lab := labtest.Start(t, command)
			if tt.says == "" {
				key := newSession(t, lab.URL)
				for want := 2; want <= 4; want++ {
					if status, n, _, err := ask(http.MethodGet, lab.URL+"/get_add_session/", key); n != want {
						t.Errorf("counted %d, want %d: status %d, %v", n, want, status, err)
					}
				}
			} else {
				wantUnavailable(t, lab.URL+"/get_add_session/", secretPart)
				wantUnavailable(t, lab.URL+"/session/", secretPart)
			}
			if err := lab.Stop(); err != nil {
				t.Errorf("the lab ended with %v", err)
			}
			if !strings.Contains(log.String(), tt.says) || strings.Contains(log.String(), secretPart) {
				t.Errorf("the log does not say %q, or it says the password:\n%s", tt.says, &log)
			}
		})
	}
}

// wantUnavailable requests a page that needs the session, and wants a 503 that says when to come back.
func wantUnavailable(t *testing.T, url, secret string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.AddCookie(&http.Cookie{Name: "sessionid", Value: strings.Repeat("k", 32)})
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	header := response.Header
	if response.StatusCode != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || header.Get("Set-Cookie") != "" {
		t.Errorf("%s: %s, %v", url, response.Status, header)
	}
	if strings.Contains(string(body), secret) {
		t.Errorf("%s shows the password:\n%s", url, body)
	}
}

// newCertificate makes a self-signed certificate for an address, and returns its files.
func newCertificate(t *testing.T, ip string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.ParseIP(ip)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", cert), write("key.pem", "PRIVATE KEY", secret)
}
