package agent

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/ssmcheck/ssmcheck/internal/winapi"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/service"
)

// windowsProcess asks the Service Control Manager for the agent's state.
func windowsProcess(w winapi.System) agentProcess {
	const from = "the service " + service.WindowsName
	switch state, err := w.Service(service.WindowsName); {
	case errors.Is(err, fs.ErrNotExist):
		return agentProcess{running: observation.No, from: from + " does not exist"}
	case err != nil:
		return agentProcess{} // then nothing is known
	case state.Starting && waitsForSetup(imageState(w)):
		return agentProcess{running: observation.No, starting: true, from: from + " is starting"}
	case state.Running, state.Starting:
		return agentProcess{running: observation.Yes, from: from + " runs"}
	}
	const disabled = 4 // SERVICE_DISABLED
	if start, err := w.Integer(service.WindowsKey, "Start"); err == nil && start == disabled {
		return agentProcess{running: observation.No, from: from + " is stopped, and disabled"}
	}
	return agentProcess{running: observation.No, from: from + " is stopped"}
}

// waitsForSetup reports whether the agent waits for Windows's setup in this state,
// which it does before it reports itself as running.
//
// Source: amazon-ssm-agent, core/agent_windows.go, waitForSysPrep.
func waitsForSetup(state string) bool { return state != "" && state != observation.ImageComplete }

// imageState returns how far Windows's setup is: the agent waits until it is
// IMAGE_STATE_COMPLETE. Empty: not known.
//
// Source: amazon-ssm-agent, core/agent_windows.go, and Windows's Sysprep.
func imageState(w winapi.System) string {
	state, err := w.String(`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State`, "ImageState")
	if err != nil || !slices.Contains(imageStates, state) {
		return ""
	}
	return state
}

// imageStates are those of Windows (Microsoft, "Windows Setup states").
var imageStates = []string{
	observation.ImageComplete, "IMAGE_STATE_UNDEPLOYABLE",
	"IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE", "IMAGE_STATE_GENERALIZE_RESEAL_TO_AUDIT",
	"IMAGE_STATE_SPECIALIZE_RESEAL_TO_OOBE", "IMAGE_STATE_SPECIALIZE_RESEAL_TO_AUDIT",
}
