package redact

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A place is the kind of value in a member of the observations.
type place int

const (
	// own is a text of this program, which may quote others, or an address of the
	// node's own network, which is replaced even if it is public. So is whatever
	// members does not list.
	own place = iota
	// kept is a word of a closed list, which stays.
	kept
	// outside is what another machine wrote: an address in it that no
	// nameserver returned is the node's own, as that machine sees it.
	outside
	// host and domain are only names, apart from a port, a star or a final dot.
	host
	domain
	// hostname is what the node calls itself.
	hostname
	// target is the name of a planned target, and question the name in a DNS
	// question or in the hosts file.
	target
	question
	// proxy is a URL, or what was meant as one.
	proxy
	noProxy
	bucket
	role
	// credentials is where they come from, or why there are none; keyEnd is the
	// end of an access key's id.
	credentials
	keyEnd
	// Values that stay in the form that AWS or the system gives them.
	requestID
	version
	osVersion
	syncToken
	created
	// signature is the id of a line of the agent's log, where a file may
	// contain anything.
	signature
	logTime
	// label and labelValue are what the user says of the node.
	label
	labelValue
	// answered is an address that a nameserver returned, so it stays if it is
	// public. anybodys is one that is only known where it was seen.
	answered
	anybodys
)

// members says of which kind each member is, as TYPE.MEMBER; TYPE.MEMBER/key are
// the keys of a map.
var members = sync.OnceValue(func() map[string]place {
	out := map[string]place{}
	for p, list := range map[place]string{
		kept: `AddressObservation.Class Agent.Installed Agent.Running AgentLog.Worker Answer.Rcode Answer.Transport
			Answer.Type Credentials.Found Credentials.Source Experiment.Kind Failure.Kind Failure.Op Handshake.Cipher
			Interface.Kind Metadata.Role Node.Arch Node.Kind Node.OS Observations.Ending Plan.Capabilities Plan.Expect
			Plan.Ignore Plan.Needs/key Plan.Partition PlannedServer.Role ProxyConfig.Known Target.Service
			UnusedProxy.Kind`,
		outside: `AgentLogLine.Address AgentLogLine.Detail AgentLogLine.Server Answer.Discarded Answer.ExtendedErrors
			Certificate.Issuer Certificate.IssuerOrgs Certificate.Subject Handshake.FirstBytes Metadata.Foreign Reply.Body
			Reply.ErrorMessage Reply.Location Reply.Server Reply.Socks SignedCall.ErrorMessage`,
		host: `AgentConfig.BucketEndpoint AgentConfig.Endpoints Answer.CNAMEs Certificate.Names Experiment.ServerName
			Plan.Lookups PlannedTarget.PlainHost SystemLookup.Host Target.Host`,
		domain:   "Adapter.Suffix AgentConfig.ServiceDomain NameRule.Namespaces ResolverConfig.Search",
		hostname: "Node.Hostname",
		target: `AgentConfig.Endpoints/key AgentConfig.Hostless/key AgentConfig.Unusable/key Experiment.Target Plan.Needs
			PlannedCall.Target Target.Name TargetObservation.Name`,
		question: "AgentLogLine.Host Answer.Name HostsEntry.Name",
		proxy: `PlannedTarget.Proxy ProxyConfig.HTTP ProxyConfig.HTTPS ProxyConfig.Metadata ProxyConfig.ShellHTTPS
			ProxyObservation.URL SignedCall.Proxy UnusedProxy.URL`,
		noProxy:     "ProxyConfig.No ProxyConfig.ShellNo UnusedProxy.NoProxy",
		bucket:      "Target.Bucket",
		role:        "Metadata.RoleName",
		credentials: "Credentials.From Credentials.PassedOver",
		keyEnd:      "Credentials.KeyEnd",
		requestID:   "Reply.RequestID SignedCall.RequestID",
		version:     "Agent.Version AgentLog.Version",
		osVersion:   "Node.OSVersion",
		syncToken:   "Ranges.SyncToken",
		created:     "Ranges.Created",
		signature:   "AgentLogLine.ID",
		logTime: `AgentLog.ChannelGood AgentLog.CredentialsGood AgentLog.First AgentLog.LastStart AgentLog.Newest
			AgentLogLine.First AgentLogLine.Last`,
		label:      "Plan.Labels/key",
		labelValue: "Plan.Labels",
		answered: `AddressObservation.Address Answer.Addresses Experiment.Address HostsEntry.Address SignedCall.Address
			SystemLookup.Addresses TargetObservation.Untried`,
		anybodys: "ICMPMessage.From Ranges.Known/key",
	} {
		for member := range strings.FieldsSeq(list) {
			out[member] = p
		}
	}
	return out
})

// A walk calls its functions for each text and address of the observations, in the
// order of their JSON.
type walk struct {
	text    func(place, *string)
	address func(place, *netip.Addr)
}

func (w *walk) observations(o *observation.Observations) {
	w.value(reflect.ValueOf(o).Elem(), "Observations")
}

// value walks through v, which is addressable and the value of a member.
func (w *walk) value(v reflect.Value, member string) {
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		return
	case *netip.Addr:
		w.address(members()[member], x)
		return
	case *netip.AddrPort: // a nameserver's, or a proxy's
		a := x.Addr()
		w.address(own, &a)
		*x = netip.AddrPortFrom(a, x.Port())
		return
	case *netip.Prefix:
		w.prefix(x)
		return
	}
	switch v.Kind() {
	case reflect.String:
		if p := members()[member]; p != kept {
			s := v.String()
			w.text(p, &s)
			v.SetString(s)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			w.value(v.Elem(), member)
		}
	case reflect.Slice:
		for i := range v.Len() {
			w.value(v.Index(i), member)
		}
	case reflect.Map:
		if !v.IsNil() {
			v.Set(w.entries(v, member))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			w.value(v.Field(i), v.Type().Name()+"."+v.Type().Field(i).Name)
		}
	}
}

// prefix gives a block a pseudonym of the same length, which is a block, too.
func (w *walk) prefix(p *netip.Prefix) {
	if !p.IsValid() {
		return
	}
	a, masked := p.Addr(), *p == p.Masked()
	w.address(anybodys, &a)
	*p = netip.PrefixFrom(a, p.Bits())
	if masked {
		*p = p.Masked()
	}
}

// entries is a map with its keys and values walked through, sorted by their keys.
// Addresses come in any order: they were met before.
func (w *walk) entries(m reflect.Value, member string) reflect.Value {
	addressable := func(v reflect.Value) reflect.Value {
		x := reflect.New(v.Type()).Elem()
		x.Set(v)
		return x
	}
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	out := reflect.MakeMapWithSize(m.Type(), len(keys))
	for _, k := range keys {
		key, value := addressable(k), addressable(m.MapIndex(k))
		w.value(key, member+"/key")
		w.value(value, member)
		out.SetMapIndex(key, value)
	}
	return out
}
