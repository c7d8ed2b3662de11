package diagnose

// A Check is a command that proves a finding by hand, as pasted.
type Check struct {
	Command string `json:"command"`
	// Expect is what it shows if the finding holds, in a few words.
	Expect string `json:"expect,omitempty"`
	// Control: it is to work, which shows that the fault is where the finding
	// says.
	Control bool `json:"control,omitempty"`
}

// A FixMode says which steps of a fix to do.
type FixMode string

// The modes of a fix.
const (
	// DoAll: every step is needed.
	DoAll FixMode = "all"
	// TryInOrder: one step is enough; the first is the most likely one.
	TryInOrder FixMode = "any"
)

// maxChecks bounds the checks of a finding.
const maxChecks = 3

// checks makes one check of each command.
func checks(commands []string) []Check {
	var all []Check
	for _, c := range bounded(commands, maxChecks) {
		all = append(all, Check{Command: c})
	}
	return all
}

// commandsOf are those of the checks. It is never nil.
func commandsOf(all []Check) []string {
	commands := []string{}
	for _, c := range all {
		commands = append(commands, c.Command)
	}
	return commands
}
