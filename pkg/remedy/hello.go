package remedy

import (
	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// A hello is what makes the agent send the small ClientHello.
type hello struct {
	causes []cause
	// godebug is the value of GODEBUG for its service, and kyber whether an agent
	// built with Go 1.23 would need another setting in it.
	godebug string
	kyber   bool
}

// sayWhy names the causes, and what cures them on the way.
func (h *hello) sayWhy(p *page) {
	p.causes("", h.causes)
	for _, c := range h.causes {
		if len(c.fix) > 0 {
			p.say("", "Without this: "+c.fix[0]+".")
		}
	}
}

// sayKyber says which setting older agents need.
func (h *hello) sayKyber(p *page) {
	if h.kyber {
		p.say("", "An agent from 3.3.2299.0 to 3.3.3050.0 needs "+observation.SwitchKyber+"=0 instead of "+observation.SwitchMLKEM+"=0.")
	}
}

func (x *Remedy) shellHello(p *page) {
	x.hello.sayWhy(p)
	p.say("", "The agent then sends the small ClientHello. An EnvironmentFile that sets GODEBUG overrides this drop-in: in that case change it there.")
	x.hello.sayKyber(p)
	x.dropIn(p, fix.GODEBUGDropIn, "Environment="+quote.Systemd("GODEBUG="+x.hello.godebug))
}

// dropIn writes lines into a drop-in of the agent's unit. In the lines a dollar
// sign begins a variable of the script.
func (x *Remedy) dropIn(p *page, name string, lines ...string) {
	p.lines(
		"directory=/etc/systemd/system/"+x.unit()+".service.d",
		`mkdir -p "$directory"`,
		`cat >"$directory/`+name+`" <<EOF`,
		"[Service]",
	)
	p.lines(lines...)
	p.lines("EOF", "systemctl daemon-reload")
}

func (x *Remedy) powerShellHello(p *page) {
	x.hello.sayWhy(p)
	p.say("", "The agent then sends the small ClientHello.")
	x.hello.sayKyber(p)
	p.lines(fix.SetWindowsEnvironment(fix.WindowsGODEBUG, quote.PowerShell("GODEBUG="+x.hello.godebug))...)
}
