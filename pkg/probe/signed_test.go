package probe

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
	"github.com/ssmcheck/ssmcheck/pkg/probe/signed"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const s3Host = "s3.us-east-2.amazonaws.com"

// signedPlan has an API and a bucket.
func signedPlan() observation.Plan {
	p := observation.Plan{
		Region: "us-east-2", Timeout: observation.Elapsed(5 * time.Second), Signed: true,
		Targets: []observation.PlannedTarget{
			{Target: endpoint.Target{Name: "ssm", Service: endpoint.SSM, Host: probetest.FirstHost, Port: 443}, Asked: true},
			{Target: endpoint.Target{Name: "s3:amazon-ssm-us-east-2", Service: endpoint.S3, Host: s3Host, Port: 443,
				Bucket: "amazon-ssm-us-east-2", PublicKey: "latest/VERSION"}, Asked: true},
			{Target: endpoint.Target{Name: "s3", Service: endpoint.S3, Host: s3Host, Port: 443}, Asked: true},
		},
	}
	p.SignedCalls = signed.Calls(p.Targets)
	return p
}

// A signedWorld has the two hosts of signedPlan. Signed requests get answer; unsigned ones get AWS's
// usual answer.
type signedWorld struct {
	prober *Prober
	mu     sync.Mutex
	// signed are the signed requests that came.
	signed []*http.Request
}

func newSignedWorld(t *testing.T, issuer string, answer http.HandlerFunc) *signedWorld {
	t.Helper()
	w := new(signedWorld)
	ca := probetest.NewCA(t, issuer)
	edge := func(host string) netip.AddrPort {
		config := &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, host, time.Hour)}}
		return probetest.ListenTLS(t, config, func(rw http.ResponseWriter, r *http.Request) {
			for name := range r.Header {
				if strings.HasPrefix(name, "X-Amz") || name == "Authorization" {
					w.mu.Lock()
					w.signed = append(w.signed, r)
					w.mu.Unlock()
					answer(rw, r)
					return
				}
			}
			probetest.Aws(rw, r)
		})
	}
	hosts := map[string]string{probetest.FirstHost: "10.0.1.101", s3Host: "10.0.1.102"}
	w.prober = &Prober{
		Files: probetest.Root(nil), Getenv: probetest.PlantedKeys, RootCAs: ca.Pool,
		LookupHost: func(_ context.Context, host string) ([]netip.Addr, error) {
			return probetest.Addresses(hosts[host]), nil
		},
		Dial: probetest.Mapped(map[string]netip.AddrPort{
			"10.0.1.101:443": edge(probetest.FirstHost), "10.0.1.102:443": edge(s3Host),
		}),
	}
	return w
}

func (w *signedWorld) observe(t *testing.T) *observation.Observations {
	t.Helper()
	return w.prober.Observe(t.Context(), Job{Plan: signedPlan()}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
}

// signedRight repeats the signature on the server's side.
func signedRight(t *testing.T, r *http.Request, service, body string) {
	t.Helper()
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		t.Fatalf("X-Amz-Date: %v", err)
	}
	again, err := http.NewRequest(r.Method, "https://"+r.Host+r.RequestURI, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	_, signed, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	signed, _, _ = strings.Cut(signed, ",")
	for name := range strings.SplitSeq(signed, ";") {
		if v := r.Header.Values(name); len(v) > 0 {
			again.Header[http.CanonicalHeaderKey(name)] = v
		}
	}
	sum := sha256.Sum256([]byte(body))
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	keys := awssdk.Credentials{AccessKeyID: probetest.PlantedID, SecretAccessKey: probetest.PlantedSecret, SessionToken: probetest.PlantedToken}
	if err := signer.SignHTTP(t.Context(), keys, again, hex.EncodeToString(sum[:]), service, "us-east-2", at); err != nil {
		t.Fatal(err)
	}
	if got, want := r.Header.Get("Authorization"), again.Header.Get("Authorization"); got != want {
		t.Errorf("%s %s: Authorization\n%s\nwant\n%s", r.Method, r.RequestURI, got, want)
	}
}

func TestSignedCallsThatAreAllowed(t *testing.T) {
	var mu sync.Mutex
	bodies := map[string]string{}
	w := newSignedWorld(t, "Amazon", func(rw http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		bodies[r.Host] = string(b)
		mu.Unlock()
		rw.Header().Set("X-Amzn-Requestid", "1-2-3")
		io.WriteString(rw, `{"Document":{}}`)
	})
	now := time.Now().Add(-7 * time.Minute)
	w.prober.Now = func() time.Time { return now }
	o := w.observe(t)
	probetest.Compare(t, observation.Credentials{
		Asked: true, Found: observation.Yes, Source: observation.SourceEnvironment, From: "the environment (AWS_ACCESS_KEY_ID)", KeyEnd: "7XQ2", Temporary: true,
	}, o.Credentials)
	for i := range o.Signed {
		if o.Signed[i].Elapsed <= 0 {
			t.Errorf("call %d took no time", i)
		}
		o.Signed[i].Elapsed = 0
	}
	probetest.Compare(t, []observation.SignedCall{
		{PlannedCall: observation.PlannedCall{Target: "ssm", Action: "ssm:DescribeDocument", Resource: "AWS-RunShellScript"},
			Address: netip.MustParseAddr("10.0.1.101"), Status: 200, RequestID: "1-2-3"},
		{PlannedCall: observation.PlannedCall{Target: "s3:amazon-ssm-us-east-2", Action: "s3:GetObject", Resource: "amazon-ssm-us-east-2/latest/VERSION"},
			Address: netip.MustParseAddr("10.0.1.102"), Status: 200, RequestID: "1-2-3"},
	}, o.Signed)
	if !o.Signed[0].Allowed() || !o.Signed[1].Allowed() {
		t.Error("a call that was answered with 200 does not count as allowed")
	}
	if len(w.signed) != 2 {
		t.Fatalf("%d signed requests came, want two", len(w.signed))
	}
	for _, r := range w.signed {
		if got := r.Header.Get("X-Amz-Date"); got != now.UTC().Format("20060102T150405Z") {
			t.Errorf("signed at %s, want the node's own time", got)
		}
		if r.Host == probetest.FirstHost {
			if r.Method != "POST" || r.RequestURI != "/" || r.Header.Get("X-Amz-Target") != "AmazonSSM.DescribeDocument" ||
				bodies[r.Host] != `{"Name":"AWS-RunShellScript"}` {
				t.Errorf("%s %s %s %q is not DescribeDocument", r.Method, r.RequestURI, r.Header.Get("X-Amz-Target"), bodies[r.Host])
			}
			signedRight(t, r, "ssm", bodies[r.Host])
			continue
		}
		if r.Method != "GET" || r.RequestURI != "/amazon-ssm-us-east-2/latest/VERSION" || bodies[r.Host] != "" {
			t.Errorf("%s %s %q is not GetObject", r.Method, r.RequestURI, bodies[r.Host])
		}
		signedRight(t, r, "s3", "")
	}
	probetest.HoldsNoSecret(t, o, w.signed)
}

// Answers of the services, and of hostile ones.
func TestSignedCallsThatAreRefused(t *testing.T) {
	denied := "User: arn:aws:sts::123456789012:assumed-role/" + strings.Repeat("r", 64) + "/i-0123456789abcdef0 is not authorized to perform: " +
		"ssm:DescribeDocument on resource: arn:aws:ssm:us-east-2::document/AWS-RunShellScript " +
		"because no VPC endpoint policy allows the ssm:DescribeDocument action"
	echo := func(r *http.Request) string {
		var all []string
		for name, v := range r.Header {
			all = append(all, strings.ToLower(name)+":"+strings.Join(v, ","))
		}
		return strings.Join(all, "\n") + "\n" + probetest.PlantedSecret
	}
	tests := []struct {
		name          string
		answer        http.HandlerFunc
		code, message string
	}{
		{"by an endpoint policy", func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(400)
			json.NewEncoder(rw).Encode(map[string]string{"__type": "com.amazonaws.ssm#AccessDeniedException", "Message": denied})
		}, "AccessDeniedException", denied},
		{"by S3, in XML", func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(403)
			io.WriteString(rw, "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
		}, "AccessDenied", "Access Denied"},
		{"with what should have been signed", func(rw http.ResponseWriter, r *http.Request) {
			rw.WriteHeader(403)
			json.NewEncoder(rw).Encode(map[string]string{"__type": "InvalidSignatureException",
				"message": "The request signature we calculated does not match.\n\nThe Canonical String should have been\n'" + echo(r) + "'"})
		}, "InvalidSignatureException", "The request signature we calculated does not match."},
		{"with the token on the first line", func(rw http.ResponseWriter, r *http.Request) {
			rw.WriteHeader(400)
			json.NewEncoder(rw).Encode(map[string]string{"__type": "ExpiredTokenException",
				"message": "token " + r.Header.Get("X-Amz-Security-Token") + " of " + probetest.PlantedID + " is over"})
		}, "ExpiredTokenException", "token *** of *** is over"},
		{"with secrets everywhere", func(rw http.ResponseWriter, r *http.Request) {
			h := rw.Header()
			for _, name := range []string{"Server", "Content-Type", "Location", "X-Amzn-Requestid", "X-Amz-Bucket-Region"} {
				h.Set(name, r.Header.Get("Authorization")+r.Header.Get("X-Amz-Security-Token"))
			}
			rw.WriteHeader(307)
			json.NewEncoder(rw).Encode(map[string]string{"__type": probetest.PlantedID, "message": strings.Repeat(probetest.PlantedToken+" ", 90)})
		}, "***", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newSignedWorld(t, "Amazon", tt.answer)
			o := w.observe(t)
			probetest.HoldsNoSecret(t, o, w.signed)
			for _, c := range o.Signed {
				if c.Allowed() || c.NotMade != "" || c.Failure != nil || c.Status == 0 {
					t.Errorf("%s: %+v, want a refusal", c.Action, c)
				}
				if c.ErrorCode != tt.code || tt.message != "" && c.ErrorMessage != tt.message {
					t.Errorf("%s: %s: %q, want %s: %q", c.Action, c.ErrorCode, c.ErrorMessage, tt.code, tt.message)
				}
			}
		})
	}
}

// net/http's error quotes an answer that is not HTTP.
func TestSignedCallAnsweredWithItself(t *testing.T) {
	w := newSignedWorld(t, "Amazon", func(rw http.ResponseWriter, r *http.Request) {
		conn, _, err := rw.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprintf(conn, "%s %s\r\n\r\n", r.Header.Get("X-Amz-Security-Token"), r.Header.Get("Authorization"))
	})
	o := w.observe(t)
	probetest.HoldsNoSecret(t, o, w.signed)
	for _, c := range o.Signed {
		if c.Failure == nil || c.Failure.Op != observation.OpReply || c.Allowed() {
			t.Errorf("%+v, want a failed reply", c)
		}
	}
}

// Credentials go over no connection that another than AWS may read.
func TestSignedCallsThatAreNotMade(t *testing.T) {
	never := func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(200) }
	tests := []struct {
		name   string
		issuer string
		change func(*signedWorld, *observation.Plan)
		want   string
	}{
		{"the node does not trust the certificate", "Amazon", func(w *signedWorld, _ *observation.Plan) {
			w.prober.RootCAs = probetest.NewCA(t, "Amazon").Pool
		}, "does not verify"},
		{"a box's certificate, which the node trusts", "Corporate Proxy", nil, "is not Amazon's"},
		{"no credentials", "Amazon", func(w *signedWorld, _ *observation.Plan) {
			w.prober.Getenv = func(string) string { return "" }
		}, "no credentials were found"},
		{"a file that may not be read", "Amazon", func(w *signedWorld, _ *observation.Plan) {
			w.prober.Getenv = func(string) string { return "" }
			w.prober.Files = probetest.NodeFS{MapFS: probetest.Root(map[string]string{"root/.aws/credentials": ""}), Denied: []string{"root/.aws/credentials"}}
		}, "is not known"},
		{"nobody listens", "Amazon", func(w *signedWorld, _ *observation.Plan) {
			w.prober.Dial = func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Err: net.ErrClosed}
			}
		}, "did not answer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newSignedWorld(t, tt.issuer, never)
			plan := signedPlan()
			if tt.change != nil {
				tt.change(w, &plan)
			}
			o := w.prober.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
			if len(w.signed) != 0 {
				t.Errorf("%d signed requests were sent", len(w.signed))
			}
			if len(o.Signed) != 2 {
				t.Fatalf("signed = %+v, want both calls told", o.Signed)
			}
			for _, c := range o.Signed {
				if !strings.Contains(c.NotMade, tt.want) || c.Allowed() || c.Status != 0 {
					t.Errorf("%+v, want it not made: %s", c, tt.want)
				}
			}
			probetest.HoldsNoSecret(t, o, nil)
		})
	}
}

// A box that opens only the second connection reads nothing either.
func TestSignedCallOverAnotherCertificate(t *testing.T) {
	amazon, box := probetest.NewCA(t, "Amazon"), probetest.NewCA(t, "Corporate Proxy")
	amazon.Pool.AddCert(box.Cert)
	first, second := amazon.Issue(t, probetest.FirstHost, time.Hour), box.Issue(t, probetest.FirstHost, time.Hour)
	var answered, came atomic.Bool
	edge := probetest.ListenTLS(t, &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		if answered.Load() {
			return &second, nil
		}
		return &first, nil
	}}, func(rw http.ResponseWriter, r *http.Request) {
		answered.Store(true)
		if r.Header.Get("Authorization") != "" {
			came.Store(true)
		}
		probetest.Aws(rw, r)
	})
	p := &Prober{
		Files: probetest.Root(nil), Getenv: probetest.PlantedKeys, RootCAs: amazon.Pool,
		LookupHost: func(context.Context, string) ([]netip.Addr, error) { return probetest.Addresses("10.0.1.101"), nil },
		Dial:       probetest.Mapped(map[string]netip.AddrPort{"10.0.1.101:443": edge}),
	}
	plan := signedPlan()
	plan.Targets, plan.SignedCalls = plan.Targets[:1], plan.SignedCalls[:1]
	o := p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
	if came.Load() {
		t.Error("the signed request was sent to the box")
	}
	if c := o.Signed[0]; !strings.Contains(c.NotMade, "is not Amazon's") || c.Allowed() || c.Failure != nil {
		t.Errorf("%+v, want it not made", c)
	}
}

// Elsewhere than in aws and aws-us-gov another CA signs AWS's names, and a host
// that a person names has whichever certificate it has.
func TestSignedCallsToOtherIssuers(t *testing.T) {
	for name, change := range map[string]func(*observation.Plan){
		"China": func(p *observation.Plan) { p.Region = "cn-north-1" },
		"--endpoint": func(p *observation.Plan) {
			p.Targets[0].Foreign, p.Targets[1].Foreign = true, true
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSignedWorld(t, "Another CA", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(200) })
			plan := signedPlan()
			change(&plan)
			for _, c := range w.prober.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil).Signed {
				if !c.Allowed() {
					t.Errorf("%+v, want it made", c)
				}
			}
		})
	}
}

// Without --signed nothing is signed, though there are credentials.
func TestNothingIsSignedUnasked(t *testing.T) {
	w := newSignedWorld(t, "Amazon", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(200) })
	plan := signedPlan()
	plan.Signed, plan.SignedCalls = false, nil
	o := w.prober.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
	if len(w.signed) != 0 || o.Signed != nil || o.Credentials.Asked {
		t.Errorf("%d signed requests, %+v, %+v; want none", len(w.signed), o.Signed, o.Credentials)
	}
}

// The proxy's own way carries the call, and the direct one beside it does not.
func TestSignedThroughProxy(t *testing.T) {
	w := newSignedWorld(t, "Amazon", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(200) })
	direct := w.prober.Dial
	to := map[string]netip.AddrPort{}
	for host, addr := range map[string]string{probetest.FirstHost: "10.0.1.101:443", s3Host: "10.0.1.102:443"} {
		conn, err := direct(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		to[host+":443"] = conn.RemoteAddr().(*net.TCPAddr).AddrPort()
		conn.Close()
	}
	proxy := probetest.ListenProxy(t, to, "user:proxy-password")
	plan := signedPlan()
	o := w.prober.Observe(t.Context(), through(plan, probetest.MustURL(t, "http://user:proxy-password@"+proxy.String())), node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
	for _, c := range o.Signed {
		if !c.Allowed() || c.Address.IsValid() || !strings.Contains(c.Proxy, "user:***@") {
			t.Errorf("%+v, want it made through the proxy", c)
		}
	}
	if len(w.signed) != 2 {
		t.Errorf("%d signed requests came, want two", len(w.signed))
	}
	probetest.HoldsNoSecret(t, o, w.signed)
}

// TestSignedCallThatFailsOnce: it is made once more, on both paths.
func TestSignedCallThatFailsOnce(t *testing.T) {
	for _, proxied := range []bool{false, true} {
		var mu sync.Mutex
		failed := map[string]bool{}
		w := newSignedWorld(t, "Amazon", func(rw http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			if !failed[r.Host] {
				failed[r.Host] = true
				rw.WriteHeader(503)
				return
			}
			rw.Header().Set("X-Amzn-Requestid", "1-2-3")
			rw.WriteHeader(200)
		})
		job := Job{Plan: signedPlan()}
		if proxied {
			to := map[string]netip.AddrPort{}
			for host, addr := range map[string]string{probetest.FirstHost: "10.0.1.101:443", s3Host: "10.0.1.102:443"} {
				conn, err := w.prober.Dial(t.Context(), "tcp", addr)
				if err != nil {
					t.Fatal(err)
				}
				to[host+":443"] = conn.RemoteAddr().(*net.TCPAddr).AddrPort()
				conn.Close()
			}
			proxy := probetest.ListenProxy(t, to, "user:proxy-password")
			job = through(job.Plan, probetest.MustURL(t, "http://user:proxy-password@"+proxy.String()))
		}
		o := w.prober.Observe(t.Context(), job, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
		for _, c := range o.Signed {
			if !c.Allowed() || !c.First.Of(observation.KindStatus) {
				t.Errorf("proxied %v: %+v (first %v), want it allowed at the second try", proxied, c, c.First)
			}
		}
		if len(w.signed) != 4 {
			t.Errorf("proxied %v: %d signed requests came, want two each", proxied, len(w.signed))
		}
		probetest.HoldsNoSecret(t, o, w.signed)
	}
}

// A role's credentials come from instance metadata.
func TestSignedByRole(t *testing.T) {
	w := newSignedWorld(t, "Amazon", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(200) })
	w.prober.Getenv = func(string) string { return "" }
	paths := maps.Clone(probetest.HealthyIMDS())
	expires := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	paths["iam/security-credentials/node-role"] = probetest.PlantedDocument(t, "Success", expires)
	imds := &probetest.ImdsServer{Paths: paths}
	metadata := httptest.NewServer(imds)
	defer metadata.Close()
	dial := w.prober.Dial
	w.prober.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "169.254.169.254:80" {
			address = metadata.Listener.Addr().String()
		}
		return dial(ctx, network, address)
	}
	plan := signedPlan()
	plan.AskMetadata = true
	o := w.prober.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeEC2}}, nil, nil)
	probetest.Compare(t, observation.Credentials{
		Asked: true, Found: observation.Yes, Source: observation.SourceRole, From: "the instance role node-role", KeyEnd: "7XQ2", Temporary: true, Expires: expires,
	}, o.Credentials)
	for _, c := range o.Signed {
		if !c.Allowed() {
			t.Errorf("%+v, want it allowed", c)
		}
	}
	if imds.FirstVersion.Load() {
		t.Error("metadata was asked in its first version")
	}
	probetest.HoldsNoSecret(t, o, w.signed)
}

// A run that ends does not wait for a signed call.
func TestSignedCallEndsWithTheRun(t *testing.T) {
	begun := make(chan struct{}, 2)
	w := newSignedWorld(t, "Amazon", func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see the client go
		begun <- struct{}{}
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		<-begun
		<-begun
		cancel(attempt.ErrInterrupted)
	}()
	plan := signedPlan()
	plan.Timeout = observation.Elapsed(time.Hour)
	o := w.prober.Observe(ctx, Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
	if o.Ending != observation.EndingInterrupted {
		t.Errorf("ending = %s, want interrupted", o.Ending)
	}
	for _, c := range o.Signed {
		if !c.Failure.Of(observation.KindInterrupted) || c.Allowed() {
			t.Errorf("%+v, want it interrupted", c)
		}
	}
}

func TestPlanOfSignedCalls(t *testing.T) {
	local := observation.Node{Kind: observation.NodeHybrid, OS: "linux"}
	plan, err := NewPlan(Config{Region: "us-east-2", Signed: true}, node.Local{Node: local})
	if err != nil {
		t.Fatal(err)
	}
	probetest.Compare(t, []observation.PlannedCall{
		{Target: "ssm", Action: "ssm:DescribeDocument", Resource: "AWS-RunShellScript"},
		{Target: "s3:amazon-ssm-us-east-2", Action: "s3:GetObject", Resource: "amazon-ssm-us-east-2/latest/VERSION"},
	}, plan.SignedCalls)
	plan, err = NewPlan(Config{Region: "us-east-2"}, node.Local{Node: local})
	if err != nil || plan.Signed || plan.SignedCalls != nil {
		t.Errorf("%v, %+v; want no signed call unasked", err, plan.SignedCalls)
	}
	plan, err = NewPlan(Config{Region: "us-east-2", Signed: true, Capabilities: []endpoint.Capability{endpoint.KMSEncryption}}, node.Local{Node: local})
	if err != nil || !plan.Signed || len(plan.SignedCalls) != 0 {
		t.Errorf("%v, %+v; want no call to what is not a target", err, plan.SignedCalls)
	}
}
