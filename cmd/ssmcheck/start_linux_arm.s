#include "textflag.h"

// See start.go. Nothing but the registers of the call is touched.
TEXT main·start(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	MOVW	$1, R0 // standard output
	MOVW	$1, R1 // F_GETFD
	MOVW	$55, R7 // fcntl
	SWI	$0
	MOVW	R0, ·stdoutAtStart(SB)
	MOVW	$2, R0 // standard error
	MOVW	$1, R1
	MOVW	$55, R7
	SWI	$0
	MOVW	R0, ·stderrAtStart(SB)
	MOVW	$29, R0 // PR_SET_TIMERSLACK
	MOVW	$500000, R1 // nanoseconds
	MOVW	$172, R7 // prctl
	SWI	$0
	B	_rt0_arm_linux(SB)
