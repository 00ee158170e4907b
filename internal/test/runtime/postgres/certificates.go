//go:build runtime

package postgres

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// certificates writes ca.pem, server.pem and server.key (the server's), and other.pem, an authority that signed nothing.
func certificates(directory string, owner owner) error {
	if _, _, err := authority(directory, "other.pem", owner); err != nil {
		return err
	}
	ca, caKey, err := authority(directory, "ca.pem", owner)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("key of the server: %w", err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, ca, &key.PublicKey, caKey)
	if err != nil {
		return fmt.Errorf("certificate of the server: %w", err)
	}
	if err := writePEM(filepath.Join(directory, "server.pem"), "CERTIFICATE", der, 0o644, owner); err != nil {
		return err
	}
	if der, err = x509.MarshalECPrivateKey(key); err != nil {
		return fmt.Errorf("key of the server: %w", err)
	}
	return writePEM(filepath.Join(directory, "server.key"), "EC PRIVATE KEY", der, 0o600, owner)
}

// authority makes a certificate authority and writes its certificate, which every client may read.
func authority(directory, file string, owner owner) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: file}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("key of authority %s: %w", file, err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, fmt.Errorf("authority %s: %w", file, err)
	}
	return template, key, writePEM(filepath.Join(directory, file), "CERTIFICATE", der, 0o644, owner)
}

func writePEM(path, kind string, der []byte, mode os.FileMode, owner owner) error {
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return owner.give(path)
}
