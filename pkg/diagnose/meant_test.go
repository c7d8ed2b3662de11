package diagnose_test

import (
	"net/url"
	"reflect"
	"regexp"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The calls that commands may make. Their words are separated by spaces; each of these
// stands for one word.
var parts = strings.NewReplacer(
	" ", "\x01", "SPACE", " ",
	"ADDR", `(?:[0-9a-f.:]+(?:%[0-9A-Za-z._-]{1,64})?|ADDRESS)`,
	"ENDPOINT", `(?:[0-9.]+:[0-9]+|\[[0-9a-f:.]+(?:%[0-9A-Za-z._-]{1,64})?\]:[0-9]+|ADDRESS:PORT)`,
	"NAME", `(?:[A-Za-z0-9_][A-Za-z0-9._-]*)`,
	"NUMBER", `[0-9]+`,
	"PATH", `(/[!-Z^-z|~]*)`, // no pattern of curl's: {} [] and \
	"REG", `(?:[a-z]+(?:-[a-z]+)+-[0-9]+|REGION)`,
	"FREE", `([ -~]+)`,
)

func forms(list ...string) []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, f := range list {
		out = append(out, regexp.MustCompile("^"+parts.Replace(f)+"$"))
	}
	return out
}

const (
	status  = `-sSk? -o /dev/null -w HTTPSPACE%\{http_code\}\\n`
	store   = `(?:(?: --cacert FREE)? --capath /dev/null)?`
	curl    = `curl (?:` + status + store + `|-sSk -D - -o /dev/null) --max-time [1-5](?: --noproxy \*)?(?: --resolve NAME:NUMBER:(?:ADDR|\[ADDR\]))?`
	upgrade = "(?: --http1.1 -H Connection:SPACEUpgrade -H Upgrade:SPACEwebsocket -H Sec-WebSocket-Version:SPACE13 -H Sec-WebSocket-Key:SPACEdGhlIHNhbXBsZSBub25jZQ==)?"
)

var calls = forms(
	`dig @ADDR(?: -p NUMBER)? NAME(?: (?:A|AAAA|NS))?(?: \+(?:tcp|cd))? (?:\+short|\+noall \+comments) \+time=[1-3] \+tries=1`,
	`dig @ADDR(?: -p NUMBER)? NAME (?:A|AAAA|NS) \+noall \+stats \+time=9 \+tries=1`,
	`(?:timeout 10 )?getent ahosts NAME`,
	`curl -s --max-time 5 --noproxy \* telnet://ENDPOINT`,
	`curl `+status+` --max-time 5(?: --noproxy \*)? https?://ENDPOINT/`,
	`(?:timeout 10 )?openssl s_client -connect (?:ENDPOINT|NAME:NUMBER) (?:-noservername|-servername NAME)(?: -proxy ENDPOINT)?(?: -brief| -brief -tls1_2| -brief -alpn http/1.1,)?`,
	`(?:timeout 10 )?bash -c </dev/tcp/ADDR/NUMBERSPACE&&SPACEechoSPACEconnected`, `jq empty FREE`,
	`openssl x509 -noout -(?:dates|issuer|subject)`,
	curl+` https://NAMEPATH`+upgrade,
	`curl (?:`+status+store+`|-sk?|-sSk -D - -o /dev/null) --max-time [1-5] -x (?:[a-z0-9]+://(?:NAME|\[ADDR\])(?::NUMBER)?|http://HOST:PORT)(?: -U FREE)?(?: --noproxy )? https://NAMEPATH`+upgrade,
	`curl -sk? --max-time 5(?: --noproxy \*)?(?: --resolve NAME:NUMBER:(?:ADDR|\[ADDR\]))? https://NAMEPATH`,
	`curl -skI --max-time 5 https://NAME/`,
	`curl -s -m 2 --noproxy \* http://169.254.169.254/latest/meta-data/placement/region -H X-aws-ec2-metadata-token:SPACE`,
	`curl `+status+` -m 2 --noproxy \* http://169.254.169.254/latest/meta-data/iam/info -H X-aws-ec2-metadata-token:SPACE`,
	`curl (?:`+status+`|-s) -m 2 --noproxy \* -X PUT http://169.254.169.254/latest/api/token -H X-aws-ec2-metadata-token-ttl-seconds:SPACE60`,
	`cat FREE`, `tail -n 10 FREE`, `grep -no export FREE`, `grep -aF [0-9-]+SPACE[0-9:]+ FREE`, `tail -n 10`, `cut -c -300`, `python3 -m json.tool FREE`,
	`grep -i \^date`, `grep -i _proxy`, `grep -n nameserver /etc/resolv.conf`, `grep -n (?:Endpoint|Region|ServiceDomain) FREE`, `grep -nE drop\|reject`, `grep -E prohibit\|unreachable\|blackhole`, `grep -n hosts: /etc/nsswitch.conf`, `grep -o \^AWS_\[A-Z_\]\*`, `env`, `date -u`, `seq -s, 100 520`,
	`ls -l /home/x/.aws /root/.aws`,
	`ip(?: -6)? route get ADDR`, `ip rule`, `ip -d addr show dev FREE`, `ip route show table all`, `nft list ruleset`, `iptables -S OUTPUT`,
	`systemctl is-active NAME`, `systemctl show NAME -p Environment -p EnvironmentFiles`,
	`(?:timeout 20 )?aws s3api get-object --bucket NAME --key FREE --region REG VERSION`,
	`(?:timeout 20 )?aws ssm describe-document --name AWS-RunShellScript --region REG --endpoint-url https://NAME`,
	`aws ec2 modify-instance-metadata-options --region REG --instance-id NAME (?:--http-endpoint enabled|--http-put-response-hop-limit 2)`,
	`aws ssm send-command --region REG --document-name AWS-UpdateSSMAgent --targets Key=InstanceIds,Values=(?:m?i-[0-9a-f]+|INSTANCE)`,
	`systemd-analyze verify --man=no (?:snap\.amazon-ssm-agent\.)?amazon-ssm-agent\.service`,
	`mkdir -p /etc/systemd/system/(?:snap\.amazon-ssm-agent\.)?amazon-ssm-agent\.service\.d`,
	`mv FREE /etc/systemd/system/(?:snap\.amazon-ssm-agent\.)?amazon-ssm-agent\.service\.d/`,
	`uci add_list dhcp.@dnsmasq\[0\].rebind_domain=NAME`,
	`dscacheutil -q host -a name NAME`, `launchctl print system/com.amazon.aws.ssm`, `grep stateSPACE=`, `pfctl -s rules`, `grep -n block`, `route -n get(?: -inet6)? ADDR`, `ping -D -c 1 -t 2 -s 1472 ADDR`, `scutil --proxy`,
)

// allowed reports whether a call is one of these. A word that may be anything must then
// be a text of the report.
func allowed(call string, o *observation.Observations) bool {
	for _, form := range calls {
		m := form.FindStringSubmatch(call)
		if m == nil {
			continue
		}
		for _, word := range m[1:] {
			if word != "" && !known(word, o) {
				return false
			}
		}
		return true
	}
	return false
}

// known reports whether a word is a text of the report, a piece of one, or a
// placeholder.
func known(word string, o *observation.Observations) bool {
	switch word {
	case "/", "FILE", "INTERFACE", "KEY", "USER", "URL":
		return true
	}
	found := false
	each(reflect.ValueOf(o), func(s string) {
		_, path, _ := strings.Cut(s, " ")
		found = found || s == word || path == word
		if u, err := url.Parse(s); err == nil && u.User != nil {
			found = found || u.User.Username() == word || u.User.Username()+":" == word
		}
	})
	return found
}

func each(v reflect.Value, f func(string)) {
	switch v.Kind() {
	case reflect.String:
		f(v.String())
	case reflect.Pointer:
		if !v.IsNil() {
			each(v.Elem(), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			each(v.Index(i), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				each(v.Field(i), f)
			}
		}
	}
}

// powerShell are the commands for PowerShell, with every word that comes from
// outside as it may be written there: plain, or in single quotes with those
// within doubled.
var powerShell = func() []*regexp.Regexp {
	r := strings.NewReplacer(
		"TEXT", `(?:[A-Za-z0-9._:/\\][A-Za-z0-9._:/+=\\-]*|'(?:[ !#-&(-~]|'')*')`, "QUOTED", `(?:[ !#-&(-~]|'')*`, "NUMBER", `[0-9]+`,
		"TOKEN", `curl\.exe (?:-s|-sS -o NUL -w 'HTTP %\{http_code\}\\n') -m 2 --noproxy '\*' -X PUT http://169\.254\.169\.254/latest/api/token -H 'X-aws-ec2-metadata-token-ttl-seconds: 60'`,
	)
	var out []*regexp.Regexp
	for _, f := range []string{
		`Resolve-DnsName TEXT(?: -Server TEXT -DnsOnly -NoHostsFile)?(?: -Type (?:A|AAAA|NS))?(?: -(?:TcpOnly|DnssecCd))?`,
		`nslookup\.exe -port=NUMBER(?: -vc)?(?: -type=(?:A|AAAA|NS))? TEXT TEXT`,
		`Find-NetRoute -RemoteIPAddress TEXT`, `ping\.exe -f -l 1472 TEXT`,
		`Select-String (?:Endpoint|Region) TEXT`, `Get-Content -Tail 10 TEXT`, `Select-String -SimpleMatch TEXT -LiteralPath TEXT \| Select-Object -Last 10`, `Get-Content -Raw TEXT \| ConvertFrom-Json`,
		`Get-Date`, `Get-Date -Format o; curl\.exe -skI --ssl-no-revoke --max-time 5 TEXT \| Select-String '\^date'`,
		`Get-ChildItem Env:\*_proxy`, `Get-ChildItem Env:AWS_\* \| Select-Object Name; Get-ChildItem \$HOME\\\.aws`,
		`Get-ItemProperty HKLM:\\SYSTEM\\CurrentControlSet\\Services\\AmazonSSMAgent -Name Environment`,
		`netsh\.exe winhttp show proxy`, `Get-ItemProperty 'Registry::HKEY_USERS\\S-1-5-18\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings' -Name Proxy\*`,
		`Get-ItemProperty '(?:HKLM:\\SYSTEM\\CurrentControlSet\\Control\\Session Manager|Registry::HKEY_USERS\\S-1-5-18)\\Environment' -Name \*_proxy`,
		`Get-NetFirewallRule -Direction Outbound -Action Block -Enabled True`, `Get-Service AmazonSSMAgent`,
		`Get-ItemProperty HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\State -Name ImageState`,
		`aws s3api get-object --bucket TEXT --key TEXT --region TEXT VERSION`,
		`(?:timeout 20 )?aws ssm describe-document --name AWS-RunShellScript --region TEXT --endpoint-url TEXT`,
		`aws ec2 modify-instance-metadata-options --region TEXT --instance-id TEXT (?:--http-endpoint enabled|--http-put-response-hop-limit 2)`,
		`aws ssm send-command --region TEXT --document-name AWS-UpdateSSMAgent --targets 'Key=InstanceIds,Values=(?:m?i-[0-9a-f]+|INSTANCE)'`, // bare, its comma would make two words of it
		`curl\.exe (?:-s|-sSk? -o NUL -w 'HTTP %\{http_code\}\\n'|-sSk -D - -o NUL) --ssl-no-revoke --max-time [1-5](?: -x TEXT(?: -U TEXT)?)?(?: --noproxy (?:'\*'|none\.invalid))?(?: --resolve TEXT)? TEXT(?: --http1\.1(?: -H '[A-Za-z0-9-]+: [A-Za-z0-9=]+'){4})?`,
		`\$service = 'HKLM:\\SYSTEM\\CurrentControlSet\\Services\\AmazonSSMAgent'; ` +
			`\$others = @\(\(Get-ItemProperty -Path \$service -Name Environment -ErrorAction SilentlyContinue\)\.Environment \| Where-Object \{ \$_ -and \$_ -notmatch '\^(?:\(https\?\|no\)_proxy|GODEBUG)=' \}\); ` +
			`Set-ItemProperty -Path \$service -Name Environment -Type MultiString -Value \(\$others \+ @\((?:'https_proxy=QUOTED', 'http_proxy=QUOTED', 'no_proxy=QUOTED'|'GODEBUG=QUOTED')\)\)`,
		`New-NetFirewallRule -DisplayName TEXT -Direction Outbound -Action Allow -Protocol (?:TCP|UDP) -RemotePort NUMBER`,
		`TOKEN`,
		`curl\.exe -s -m 2 --noproxy '\*' http://169\.254\.169\.254/latest/meta-data/placement/region -H "X-aws-ec2-metadata-token: \$\(TOKEN\)"`,
		`curl\.exe -sS -o NUL -w 'HTTP %\{http_code\}\\n' -m 2 --noproxy '\*' http://169\.254\.169\.254/latest/meta-data/iam/info -H "X-aws-ec2-metadata-token: \$\(TOKEN\)"`,
		`uci add_list 'dhcp\.@dnsmasq\[0\]\.rebind_domain=[A-Za-z0-9_][A-Za-z0-9._-]*'`, // of another machine
	} {
		out = append(out, regexp.MustCompile("^"+r.Replace(f)+"$"))
	}
	return out
}()
