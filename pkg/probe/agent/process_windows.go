package agent

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/service"
)

// systemAgentProcess asks the service control manager for the agent's state.
// It asks for no right but to look.
func systemAgentProcess() agentProcess {
	const from = "the service " + service.WindowsName
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return agentProcess{} // then nothing is known
	}
	defer func() { _ = windows.CloseServiceHandle(manager) }()
	name, err := windows.UTF16PtrFromString(service.WindowsName)
	if err != nil {
		return agentProcess{}
	}
	service, err := windows.OpenService(manager, name, windows.SERVICE_QUERY_STATUS)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return agentProcess{running: observation.No, from: from + " does not exist"}
	}
	if err != nil {
		return agentProcess{}
	}
	defer func() { _ = windows.CloseServiceHandle(service) }()
	var status windows.SERVICE_STATUS
	if err := windows.QueryServiceStatus(service, &status); err != nil {
		return agentProcess{}
	}
	switch status.CurrentState {
	case windows.SERVICE_RUNNING, windows.SERVICE_START_PENDING, windows.SERVICE_CONTINUE_PENDING:
		return agentProcess{running: observation.Yes, from: from + " runs"}
	}
	return agentProcess{running: observation.No, from: from + " is stopped"}
}

// fileVersion gives the version that is written into a program. Empty: none is.
func fileVersion(path string) string {
	size, err := windows.GetFileVersionInfoSize(path, nil)
	if err != nil || size == 0 || size > files.MaxFile {
		return ""
	}
	b := make([]byte, size)
	if err := windows.GetFileVersionInfo(path, 0, size, unsafe.Pointer(&b[0])); err != nil {
		return ""
	}
	var info *windows.VS_FIXEDFILEINFO
	var length uint32
	if err := windows.VerQueryValue(unsafe.Pointer(&b[0]), `\`, unsafe.Pointer(&info), &length); err != nil || info == nil {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d.%d", info.FileVersionMS>>16, info.FileVersionMS&0xffff, info.FileVersionLS>>16, info.FileVersionLS&0xffff)
}
