// Package fleetgen generates the reports of a fleet from five reports of lab runs. The
// faults are known: the nameserver of a Region, the endpoint of a VPC, a few stopped
// agents and wrong clocks, and some truncated files. The output is deterministic.
//
// It runs no probe, and does not know how the roll-up counts.
package fleetgen

import (
	"bufio"
	"compress/gzip"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A Fleet has a number of nodes. The newest report of each has its fault.
type Fleet struct {
	Nodes  int
	Rounds int // reports per node
}

// The faults. Of 1000 nodes each VPC has 100.
const (
	healthy      = "private-vpc"
	forwarder    = "dns-forwarder-broken" // every node of eu-central-1: VPCs 6 to 9
	endpoint     = "endpoint-blocked"     // every node of VPC 2
	agentStopped = "agent-stopped"        // every 97th of the others
	clockSkew    = "clock-skew"           // two of a thousand of the others
)

// Start is the time of the newest reports.
var Start = time.Date(2026, 1, 15, 6, 0, 0, 0, time.UTC)

//go:embed reports
var lab embed.FS

// objects are the objects of the causes.
var objects = map[string]map[string]string{
	forwarder: {"kind": "nameserver", "id": "10.200.0.53"},
	endpoint:  {"kind": "endpoint", "id": "com.amazonaws.us-east-2.ssmmessages 10.2.1.102 10.2.3.102"},
}

// A Node is a node of a Fleet.
type Node struct {
	Instance, Hostname, Address string
	Region, VPC, Subnet, Role   string
	Damaged                     bool
	fault                       string
}

// Node returns the i-th node.
func (f Fleet) Node(i int) Node {
	vpc := i % 10
	n := Node{
		Instance: fmt.Sprintf("i-0%016x", uint64(i)*0x9e3779b97f4a7c15>>4),
		Hostname: fmt.Sprintf("ip-10-%d-%d-%d", vpc, i/10/250%250, 4+i/10%250),
		Address:  fmt.Sprintf("10.%d.%d.%d", vpc, i/10/250%250, 4+i/10%250),
		Region:   "us-east-2",
		VPC:      fmt.Sprintf("vpc-0a1b2c3d4e5f6%04x", vpc),
		Subnet:   fmt.Sprintf("subnet-0a1b2c3d4e5%02x%04x", i/10%3, vpc),
		Role:     []string{"web", "db", "batch", "build"}[i/10%4],
		Damaged:  i%1000 == 998,
		fault:    healthy,
	}
	if vpc >= 6 {
		n.Region = "eu-central-1"
	}
	switch {
	case vpc >= 6:
		n.fault = forwarder
	case vpc == 2:
		n.fault = endpoint
	case i%97 == 0:
		n.fault = agentStopped
	case i%500 == 1:
		n.fault = clockSkew
	}
	return n
}

// A writer fills in the templates, by fault.
type writer struct{ templates map[string]string }

func newWriter() (*writer, error) {
	w := &writer{map[string]string{}}
	for _, fault := range []string{healthy, forwarder, endpoint, agentStopped, clockSkew} {
		b, err := lab.ReadFile("reports/" + fault + ".json")
		if err != nil {
			return nil, err
		}
		var report map[string]any
		if err := json.Unmarshal(b, &report); err != nil {
			return nil, fmt.Errorf("%s: %w", fault, err)
		}
		report["started_at"] = "@TIME@"
		report["labels"] = map[string]string{"env": "prod", "role": "@ROLE@"}
		report["node"] = map[string]string{
			"kind": "ec2", "hostname": "@HOST@", "instance_id": "@INSTANCE@", "address": "@ADDRESS@",
			"vpc_id": "@VPC@", "subnet_id": "@SUBNET@", "region": "@REGION@", "partition": "aws",
		}
		if object := objects[fault]; object != nil {
			report["findings"].([]any)[0].(map[string]any)["object"] = object
		}
		line, err := json.Marshal(report)
		if err != nil {
			return nil, err
		}
		w.templates[fault] = strings.NewReplacer("us-east-2", "@REGION@", "10.0.0.53", "10.200.0.53",
			"10.0.1.102", "10.2.1.102", "10.0.3.102", "10.2.3.102").Replace(string(line)) + "\n"
	}
	return w, nil
}

// report writes the node's report of a round; 0 is the newest.
func (w *writer) report(to io.Writer, i int, n Node, round int) error {
	fault := n.fault
	if round > 0 && i%3 == 0 {
		fault = healthy // at first
	}
	at := Start.Add(-time.Duration(round)*time.Hour + time.Duration(i)*time.Millisecond)
	_, err := strings.NewReplacer(
		"@TIME@", at.Format("2006-01-02T15:04:05.000Z"), "@ROLE@", n.Role, "@HOST@", n.Hostname, "@INSTANCE@", n.Instance,
		"@ADDRESS@", n.Address, "@VPC@", n.VPC, "@SUBNET@", n.Subnet, "@REGION@", n.Region,
	).WriteString(to, w.templates[fault])
	return err
}

// Write writes the fleet into a directory: REGION/VPC.ndjson, or .ndjson.gz, and
// the damaged reports as REGION/VPC/INSTANCE.json.
func (f Fleet) Write(dir string, compressed bool) error {
	w, err := newWriter()
	if err != nil {
		return err
	}
	for vpc := range 10 {
		if err := f.writeVPC(w, dir, vpc, compressed); err != nil {
			return err
		}
	}
	return nil
}

func (f Fleet) writeVPC(w *writer, dir string, vpc int, compressed bool) error {
	first := f.Node(vpc)
	path := filepath.Join(dir, first.Region, first.VPC)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	name := path + ".ndjson"
	if compressed {
		name += ".gz"
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	to := bufio.NewWriterSize(file, 1<<20)
	end := to.Flush
	if compressed {
		z := gzip.NewWriter(file)
		to = bufio.NewWriter(z)
		end = func() error { return errors.Join(to.Flush(), z.Close()) }
	}
	for round := f.Rounds - 1; round >= 0; round-- {
		for i := vpc; i < f.Nodes; i += 10 {
			n := f.Node(i)
			if n.Damaged {
				if err := w.damaged(path, i, n); err != nil {
					return err
				}
				continue
			}
			if err := w.report(to, i, n, round); err != nil {
				return err
			}
		}
	}
	return end()
}

// damaged writes a truncated report.
func (w *writer) damaged(dir string, i int, n Node) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var whole strings.Builder
	if err := w.report(&whole, i, n, 0); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, n.Instance+".json"), []byte(whole.String()[:whole.Len()/2]), 0o644)
}
