#include "textflag.h"

// See start.go. Nothing but the registers of the call is touched.
TEXT main·start(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	MOVD	$1, R0 // standard output
	MOVD	$1, R1 // F_GETFD
	MOVD	$25, R8 // fcntl
	SVC
	MOVD	R0, ·stdoutAtStart(SB)
	MOVD	$2, R0 // standard error
	MOVD	$1, R1
	MOVD	$25, R8
	SVC
	MOVD	R0, ·stderrAtStart(SB)
	MOVD	$29, R0 // PR_SET_TIMERSLACK
	MOVD	$500000, R1 // nanoseconds
	MOVD	$167, R8 // prctl
	SVC
	JMP	_rt0_arm64_linux(SB)
