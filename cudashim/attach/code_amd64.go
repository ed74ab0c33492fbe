package attach

import "encoding/binary"

// What is put behind the end of a library's code, in the rest of its last page:
// a detour that the main thread takes once, and the function that it asks
// Python to call later.
//
// The detour saves every register, calls Py_AddPendingCall, and goes back by
// itself. It begins two bytes late: where the thread was stopped inside a
// system call that the kernel restarts, the kernel sets it back by two bytes,
// the length of the instruction, and so chooses the other entry, from which the
// detour goes back to that instruction.

// Offsets in the mailbox, which lies behind the end of a library's data.
const (
	mailboxState  = 0 // see below
	mailboxAnswer = 4 // of gpufragtop_start or, before that, of Py_AddPendingCall
	mailboxPassed = 8 // 1: the detour is over
	mailboxSize   = 16
)

// States of the mailbox.
const (
	stateWaiting   = 0
	stateTaken     = 1
	stateDone      = 2
	stateNoLibrary = 3
	stateNoSymbol  = 4
	stateWithdrawn = 5
)

const (
	codeMark = "GPUFRAGT" // at the beginning of the code
	codeSize = 400        // what the code needs without the path
)

// places are the addresses that the code needs.
type places struct {
	code, mailbox          uint64
	back                   uint64 // where the thread was
	addPending, open, find uint64 // Py_AddPendingCall, dlopen, dlsym
}

// detour is the code for places.code, and its entry.
func detour(p places, library string) (code []byte, entry uint64) {
	c := &assembler{}
	c.bytes([]byte(codeMark)...)
	restarted := c.jump(0xeb)
	entry = p.code + uint64(len(c.out))
	c.bytes(0x48, 0x8d, 0xa4, 0x24).word32(-0x88).bytes(0x50) // lea rsp, [rsp-0x88]: over the red zone; push rax
	c.bytes(0x48, 0xb8).word64(p.back)                        // mov rax, back
	common := c.jump(0xeb)
	c.land(restarted)
	c.bytes(0x48, 0x8d, 0xa4, 0x24).word32(-0x88).bytes(0x50)
	c.bytes(0x48, 0xb8).word64(p.back - 2)
	c.land(common)
	c.bytes(0x48, 0x89, 0x44, 0x24, 0x08)                   // mov [rsp+8], rax
	c.bytes(0x9c, 0xfc, 0x53, 0x51, 0x52, 0x56, 0x57, 0x55) // pushfq; cld; push rbx, rcx, rdx, rsi, rdi, rbp
	for r := byte(0x50); r < 0x58; r++ {
		c.bytes(0x41, r) // push r8 … r15
	}
	c.bytes(0x48, 0x89, 0xe5, 0x48, 0x83, 0xe4, 0xc0) // mov rbp, rsp; and rsp, -64
	c.bytes(0x48, 0x81, 0xec).word32(4096)            // sub rsp, 4096: room for the vector registers
	c.bytes(0x31, 0xc0)                               // xor eax, eax
	for i := range int32(8) {
		c.bytes(0x48, 0x89, 0x84, 0x24).word32(512 + 8*i) // mov [rsp+…], rax: the area's header
	}
	vectors := func(op byte) {
		c.bytes(0xb8).word32(0xe7).bytes(0x31, 0xd2) // mov eax, x87 to AVX-512; xor edx, edx
		c.bytes(0x48, 0x0f, 0xae, op, 0x24)          // xsave64 or xrstor64 [rsp]
	}
	vectors(0x24)
	c.bytes(0x48, 0xbf)
	callback := c.hole64()                       // mov rdi, callback
	c.bytes(0x31, 0xf6)                          // xor esi, esi
	c.bytes(0x48, 0xb8).word64(p.addPending)     // mov rax, Py_AddPendingCall
	c.bytes(0xff, 0xd0)                          // call rax
	c.bytes(0x48, 0xb9).word64(p.mailbox)        // mov rcx, mailbox
	c.bytes(0x89, 0x41, mailboxAnswer)           // mov [rcx+answer], eax
	c.bytes(0xc7, 0x41, mailboxPassed).word32(1) // mov dword [rcx+passed], 1
	vectors(0x2c)
	c.bytes(0x48, 0x89, 0xec) // mov rsp, rbp
	for r := byte(0x5f); r >= 0x58; r-- {
		c.bytes(0x41, r) // pop r15 … r8
	}
	c.bytes(0x5d, 0x5f, 0x5e, 0x5a, 0x59, 0x5b, 0x9d, 0x58) // pop rbp, rdi, rsi, rdx, rcx, rbx; popfq; pop rax
	c.bytes(0xc2, 0x80, 0x00)                               // ret 0x80: the stack as it was

	c.fill(callback, p.code+uint64(len(c.out)))
	c.bytes(0x53)                                        // push rbx
	c.bytes(0x48, 0xbb).word64(p.mailbox)                // mov rbx, mailbox
	c.bytes(0x31, 0xc0).bytes(0xb9).word32(stateTaken)   // xor eax, eax (waiting); mov ecx, taken
	c.bytes(0xf0, 0x0f, 0xb1, 0x0b)                      // lock cmpxchg [rbx], ecx
	withdrawn := c.jump(0x75)                            // jne
	c.bytes(0x48, 0xbf)                                  // mov rdi, path
	path := c.hole64()                                   //
	c.bytes(0xbe).word32(2)                              // mov esi, RTLD_NOW
	c.bytes(0x48, 0xb8).word64(p.open).bytes(0xff, 0xd0) // mov rax, dlopen; call rax
	c.bytes(0x48, 0x85, 0xc0)                            // test rax, rax
	noLibrary := c.jump(0x74)                            // jz
	c.bytes(0x48, 0x89, 0xc7, 0x48, 0xbe)                // mov rdi, rax; mov rsi, name
	name := c.hole64()                                   //
	c.bytes(0x48, 0xb8).word64(p.find).bytes(0xff, 0xd0) // mov rax, dlsym; call rax
	c.bytes(0x48, 0x85, 0xc0)                            // test rax, rax
	noSymbol := c.jump(0x74)                             // jz
	c.bytes(0xff, 0xd0, 0x89, 0x43, mailboxAnswer)       // call rax; mov [rbx+answer], eax
	c.bytes(0xb9).word32(stateDone)                      // mov ecx, done
	done := c.jump(0xeb)                                 //
	c.land(noLibrary)                                    //
	c.bytes(0xb9).word32(stateNoLibrary)                 // mov ecx, no library
	also := c.jump(0xeb)                                 //
	c.land(noSymbol)                                     //
	c.bytes(0xb9).word32(stateNoSymbol)                  // mov ecx, no symbol
	c.land(done)                                         //
	c.land(also)                                         //
	c.bytes(0x89, 0x0b)                                  // mov [rbx], ecx
	c.land(withdrawn)                                    //
	c.bytes(0x31, 0xc0, 0x5b, 0xc3)                      // xor eax, eax; pop rbx; ret

	c.fill(name, p.code+uint64(len(c.out)))
	c.bytes(append([]byte("gpufragtop_start"), 0)...)
	c.fill(path, p.code+uint64(len(c.out)))
	c.bytes(append([]byte(library), 0)...)
	return c.out, entry
}

// assembler puts instructions together.
type assembler struct{ out []byte }

func (a *assembler) bytes(b ...byte) *assembler {
	a.out = append(a.out, b...)
	return a
}

func (a *assembler) word32(v int32) *assembler {
	a.out = binary.LittleEndian.AppendUint32(a.out, uint32(v))
	return a
}

func (a *assembler) word64(v uint64) *assembler {
	a.out = binary.LittleEndian.AppendUint64(a.out, v)
	return a
}

// hole64 leaves room for an address that fill gives later.
func (a *assembler) hole64() int {
	at := len(a.out)
	a.word64(0)
	return at
}

func (a *assembler) fill(hole int, v uint64) { binary.LittleEndian.PutUint64(a.out[hole:], v) }

// jump is a short jump, to where land is called with what it returns.
func (a *assembler) jump(op byte) int {
	a.bytes(op, 0)
	return len(a.out)
}

func (a *assembler) land(jump int) { a.out[jump-1] = byte(len(a.out) - jump) }
