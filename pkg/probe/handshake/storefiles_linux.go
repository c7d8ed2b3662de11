package handshake

// StoreFiles and trustDirectories are where crypto/x509 looks for this node's
// roots (root_linux.go): it reads the first of the files that can be read, and
// everything in the directories.
var (
	StoreFiles = []string{
		"etc/ssl/certs/ca-certificates.crt",
		"etc/pki/tls/certs/ca-bundle.crt",
		"etc/ssl/ca-bundle.pem",
		"etc/pki/tls/cacert.pem",
		"etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		"etc/ssl/cert.pem",
	}
	trustDirectories = []string{"etc/ssl/certs", "etc/pki/tls/certs"}
)
