#include "textflag.h"

// See start.go. Nothing but the registers of the call is touched.
TEXT main·start(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	MOVL	$1, DI // standard output
	MOVL	$1, SI // F_GETFD
	MOVL	$72, AX // fcntl
	SYSCALL
	MOVQ	AX, ·stdoutAtStart(SB)
	MOVL	$2, DI // standard error
	MOVL	$1, SI
	MOVL	$72, AX
	SYSCALL
	MOVQ	AX, ·stderrAtStart(SB)
	MOVL	$29, DI // PR_SET_TIMERSLACK
	MOVL	$500000, SI // nanoseconds
	MOVL	$157, AX // prctl
	SYSCALL
	JMP	_rt0_amd64_linux(SB)
