package observation

// A Command is a program that a person runs to check a finding by hand.
type Command string

// The commands that the checks of findings use and that a node may lack.
const (
	CommandAWS            Command = "aws"
	CommandBash           Command = "bash"
	CommandCurl           Command = "curl"
	CommandDig            Command = "dig"
	CommandGetent         Command = "getent"
	CommandIP             Command = "ip"
	CommandIPTables       Command = "iptables"
	CommandJQ             Command = "jq"
	CommandNFT            Command = "nft"
	CommandOpenSSL        Command = "openssl"
	CommandPython         Command = "python3"
	CommandSystemctl      Command = "systemctl"
	CommandSystemdAnalyze Command = "systemd-analyze"
)

// Commands returns every Command.
func Commands() []Command {
	return []Command{
		CommandAWS, CommandBash, CommandCurl, CommandDig, CommandGetent, CommandIP, CommandIPTables, CommandJQ, CommandNFT, CommandOpenSSL,
		CommandPython, CommandSystemctl, CommandSystemdAnalyze,
	}
}
