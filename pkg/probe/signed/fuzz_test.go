package signed

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// FuzzRoleDocument answers anything for the role's credentials. What is kept can be written, and
// contains no secret.
func FuzzRoleDocument(f *testing.F) {
	f.Add("node", []byte(`{"Code":"Success","AccessKeyId":"`+probetest.PlantedID+
		`","SecretAccessKey":"`+probetest.PlantedSecret+`","Expiration":"9999-12-31T23:59:59-23:00"}`))
	f.Add("node", []byte("10.0.0.0/16\n::/0"))
	f.Fuzz(func(t *testing.T, role string, document []byte) {
		c := observation.Credentials{}
		k := readRoleDocument(&c, string(document), role)
		if (k != Keys{}) != (c.Found == observation.Yes) || c.Found == observation.Yes && !k.wellFormed() {
			t.Errorf("found %q, and keys are there: %v", c.Found, k != Keys{})
		}
		if _, err := json.Marshal(c); err != nil {
			t.Error(err)
		}
		if told := c.KeyEnd + strings.Join(c.PassedOver, ""); k.secret != "" && strings.Contains(told, k.secret) {
			t.Errorf("the secret is kept: %q", told)
		}
	})
}
