package diagnose

import "strings"

// noteTrust tells of a trust store that an environment variable names: the
// agent's is the one that counts.
func (f *facts) noteTrust(add func(string)) {
	t := f.o.Node.Trust
	var names []string
	if t.File != "" {
		names = append(names, "SSL_CERT_FILE="+told(t.File))
	}
	if t.Directories != "" {
		names = append(names, "SSL_CERT_DIR="+told(t.Directories))
	}
	if len(names) > 0 {
		add("the trust store is the one that the environment names: " + strings.Join(names, ", ") + " (" + told(t.From) + ")")
	}
	if t.ShellDiffers {
		add("this shell's SSL_CERT_FILE and SSL_CERT_DIR were not used: the environment of the agent's service has others, or none")
	}
}
