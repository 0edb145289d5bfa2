package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os"
	"strings"
	"time"
)

// newTLS returns the TLS configuration that the flags ask for, or nil for plain HTTP.
func newTLS(o options) (*tls.Config, error) {
	var cert tls.Certificate
	var err error
	switch {
	case o.selfSigned:
		cert, err = selfSigned(o.hosts.values, time.Now())
	case o.tlsCert != "":
		if cert, err = tls.LoadX509KeyPair(o.tlsCert, o.tlsKey); err != nil {
			err = fmt.Errorf("certificate %s, key %s: %w", o.tlsCert, o.tlsKey, err)
		}
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
	}, nil
}

// selfSigned makes a certificate for every name and address that the lab answers to. It is kept in memory only:
// each start makes a new one, and no key is left on the disk. 397 days is the longest life that browsers accept.
func selfSigned(hosts []string, now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make a certificate: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make a certificate: %w", err)
	}
	names := append([]string{"localhost", "*.localhost", "lab.localhost", "*.lab.localhost"}, hosts...) // experiments use hosts below lab.localhost
	if own, err := os.Hostname(); err == nil {
		own = strings.TrimSuffix(own, ".local")
		names = append(names, own, own+".local")
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "sessionlab"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(397 * 24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     names,
		IPAddresses:  append([]net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, lanAddresses()...),

		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make a certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
