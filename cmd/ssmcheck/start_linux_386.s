#include "textflag.h"

// See start.go. Nothing but the registers of the call is touched.
TEXT main·start(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	MOVL	$1, BX // standard output
	MOVL	$1, CX // F_GETFD
	MOVL	$55, AX // fcntl
	INT	$0x80
	MOVL	AX, ·stdoutAtStart(SB)
	MOVL	$2, BX // standard error
	MOVL	$1, CX
	MOVL	$55, AX
	INT	$0x80
	MOVL	AX, ·stderrAtStart(SB)
	MOVL	$29, BX // PR_SET_TIMERSLACK
	MOVL	$500000, CX // nanoseconds
	MOVL	$172, AX // prctl
	INT	$0x80
	JMP	_rt0_386_linux(SB)
