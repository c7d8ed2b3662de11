package redact_test

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/redact"
)

// What becomes of each field of the observations that is a text or an address. A
// new field is in none of the lists and fails TestFields until it is in one, and
// does what the list says.
var fields = map[string]string{
	// Its kind is known, and it's replaced as that.
	"replaced": `AddressObservation.Address AgentLogLine.Host AgentConfig.BucketEndpoint AgentConfig.Endpoints AgentConfig.Endpoints/key
		AgentConfig.Hostless/key AgentConfig.ServiceDomain AgentConfig.Unusable/key Answer.Addresses Answer.CNAMEs Answer.Name
		Certificate.Names Connect.Local Credentials.From Credentials.KeyEnd Credentials.PassedOver Experiment.Address
		Experiment.ServerName Experiment.Target HostsEntry.Address HostsEntry.Name ICMPMessage.From Interface.Addresses
		Metadata.LocalIPv4 Metadata.RoleName Metadata.SubnetBlocks Metadata.VPCBlocks Node.Addresses Node.Hostname Plan.Labels Plan.Labels/key Plan.Lookups Plan.Needs
		Plan.PrivateCIDRs PlannedCall.Target PlannedServer.Address PlannedTarget.PlainHost PlannedTarget.Proxy
		ProxyConfig.HTTP ProxyConfig.HTTPS ProxyConfig.Metadata ProxyConfig.No ProxyConfig.ShellHTTPS ProxyConfig.ShellNo
		ProxyObservation.Address ProxyObservation.URL ProxyOpening.Address Ranges.Known/key ResolverConfig.Behind
		Adapter.Servers Adapter.Suffix NameRule.Namespaces NameRule.Servers
		ResolverConfig.Search ResolverConfig.Servers ServerObservation.Local SignedCall.Address SignedCall.Proxy
		SystemLookup.Addresses SystemLookup.Host Target.Bucket Target.Host Target.Name TargetObservation.Name
		TargetObservation.Untried UnusedProxy.NoProxy UnusedProxy.URL`,
	// A closed list of words: this program's, DNS's, crypto/tls's or AWS's.
	"kept": `AddressObservation.Class AgentLog.Worker Agent.Installed Agent.Running Answer.Rcode Answer.Transport Answer.Type
		Credentials.Found Credentials.Source Experiment.Kind Failure.Kind Failure.Op Handshake.Cipher Interface.Kind
		Metadata.Role Node.Arch Node.Kind Node.OS Observations.Ending Plan.Capabilities Plan.Expect Plan.Ignore Plan.Needs/key
		Plan.Partition PlannedServer.Role ProxyConfig.Known Target.Service UnusedProxy.Kind`,
	// Known values and what looks like one are replaced, and words that are not
	// common ones.
	"text": `AddressObservation.From AgentCredentials.Source AgentLog.ChannelGood AgentLog.CredentialsGood AgentLog.First AgentLog.LastStart AgentLog.Level
		AgentLog.Newest AgentLog.Version AgentLogFile.Path AgentLogLine.Action AgentLogLine.Address AgentLogLine.Channel
		AgentLogLine.First AgentLogLine.ID AgentLogLine.Last
		AgentLogLine.Detail AgentLogLine.File AgentLogLine.Server AddressRange.Regions AddressRange.Services Adapter.Name NameRule.From Agent.ImageState Agent.From Agent.StrayDropIns Agent.Version
		AgentConfig.BucketUnusable AgentConfig.Hostless AgentConfig.LogsRegion AgentConfig.MessagesRegion AgentConfig.Notes
		AgentConfig.Path AgentConfig.SigningRegion AgentConfig.Unusable AgentHello.DefaultGODEBUG AgentHello.From
		AgentHello.GODEBUG AgentHello.GoVersion AgentHello.Size AgentHello.Switch Answer.Discarded Answer.ExtendedErrors
		Certificate.Issuer Certificate.IssuerOrgs Certificate.SHA256 Certificate.Subject Experiment.NotMade Experiment.Text
		Failure.Text FileLine.Text Handshake.FirstBytes Handshake.Group Handshake.RetryGroup Handshake.VerifyText
		Handshake.Version HostsFile.Path Interface.Name LookupOrder.Path LookupOrder.Sources Metadata.AvailabilityZone
		Metadata.Foreign Metadata.InstanceID Metadata.Reason Metadata.Region Metadata.SecurityGroups Metadata.SubnetID Metadata.VPCID
		Node.Container Node.InstanceID Node.KindFrom Node.MissingCommands Node.OSVersion Observations.SystemNotAsked Plan.MetadataReason Plan.Proxy Plan.Region
		Plan.RegionFrom Plan.RegionNote PlannedCall.Action PlannedCall.Resource PlannedServer.From ProxyConfig.From
		ProxyConfig.Incomplete Ranges.Created Ranges.SyncToken Registration.InstanceID Registration.Path Registration.Region
		Reply.Body Reply.BucketRegion Reply.ContentType Reply.ErrorCode Reply.ErrorMessage Reply.Location
		Reply.ProxyAuthenticate Reply.Request Reply.RequestID Reply.Server Reply.Socks ResolverConfig.BehindFrom
		ResolverConfig.From ResolverConfig.Incomplete ServerObservation.NotAsked SignedCall.ErrorCode SignedCall.ErrorMessage
		SignedCall.NotMade SignedCall.RequestID Target.MayBeAbsent Target.NotApplicable Target.NotDocumented Target.Overridden
		Target.PublicKey Target.Purpose TargetObservation.NotTried TrustConfig.Directories TrustConfig.File TrustConfig.From
		UnusedProxy.From UnusedProxy.Unit UnusedProxy.Variable`,
}

func TestFields(t *testing.T) {
	found := map[string]bool{}
	var o observation.Observations
	visit(reflect.ValueOf(&o).Elem(), "Observations", "", 0, func(v reflect.Value, place string) {
		found[place] = true
		set(v)
	})
	copied, err := redact.New().Observations(&o)
	if err != nil {
		t.Fatal(err)
	}
	changed, stayed := map[string]bool{}, map[string]bool{}
	visit(reflect.ValueOf(copied).Elem(), "Observations", "", 0, func(v reflect.Value, place string) {
		blank := reflect.New(v.Type()).Elem()
		set(blank)
		if v.Equal(blank) {
			stayed[place] = true
		} else {
			changed[place] = true
		}
	})
	listed := map[string]bool{}
	for kind, list := range fields {
		for place := range strings.FieldsSeq(list) {
			switch {
			case listed[place]:
				t.Errorf("%s stands in two lists", place)
			case !found[place]:
				t.Errorf("%s is no field", place)
			case kind == "kept" && changed[place], kind != "kept" && stayed[place]:
				t.Errorf("%s is listed as %s; it was replaced: %t, and stayed: %t", place, kind, changed[place], stayed[place])
			}
			listed[place] = true
		}
	}
	for place := range found {
		if !listed[place] {
			t.Errorf("%s is in no list: say what becomes of it (walk.go)", place)
		}
	}
}

// set writes a value that has a stand-in wherever it's looked at.
func set(v reflect.Value) {
	a := netip.MustParseAddr("10.213.7.9")
	switch p := v.Addr().Interface().(type) {
	case *netip.Addr:
		*p = a
	case *netip.AddrPort:
		*p = netip.AddrPortFrom(a, 53)
	case *netip.Prefix:
		*p = netip.PrefixFrom(a, 24)
	default:
		v.SetString("zqvwk")
	}
}

// visit calls f for each text and address, and fills what holds none. A place is
// the type and the field.
func visit(v reflect.Value, owner, field string, depth int, f func(v reflect.Value, place string)) {
	addresses := []reflect.Type{reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.AddrPort](), reflect.TypeFor[netip.Prefix]()}
	switch place := owner + "." + field; {
	case v.Type() == reflect.TypeFor[time.Time](), depth > 12:
	case v.Kind() == reflect.String, slices.Contains(addresses, v.Type()):
		f(v, place)
	case v.Kind() == reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		visit(v.Elem(), owner, field, depth+1, f)
	case v.Kind() == reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		visit(v.Index(0), owner, field, depth+1, f)
	case v.Kind() == reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		for _, k := range v.MapKeys() {
			key.Set(k)
			value.Set(v.MapIndex(k))
		}
		visit(key, owner, field+"/key", depth+1, f)
		visit(value, owner, field, depth+1, f)
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		v.SetMapIndex(key, value)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if x := v.Type().Field(i); x.IsExported() && x.Tag.Get("json") != "-" {
				visit(v.Field(i), v.Type().Name(), x.Name, depth+1, f)
			}
		}
	}
}
