// Package program makes small files that contain what ssmcheck reads from a program
// of the SSM Agent: how it was built, and its version. They cannot be executed.
package program

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// A Build is what such a file contains.
type Build struct {
	// Go is the toolchain's version ("go1.25.13"). Empty: there is no build
	// info.
	Go string
	// DefaultGODEBUG and Experiments (GOEXPERIMENT) are settings of the build.
	DefaultGODEBUG, Experiments string
	// Version is the agent's. Empty: the file does not contain it.
	Version string
}

// The load address, and the page size: each part of the file is on its own page.
const (
	base = 0x400000
	page = 0x1000
)

// ELF returns a 64-bit ELF file with a section of constants, and the build info in
// the format of Go's linker since 1.18 (cmd/link, debug/buildinfo).
func (b Build) ELF() []byte {
	constants := "SSM ... SSM Agent version: " // also once without a version
	if b.Version != "" {
		constants += "SSM Agent version: " + b.Version + "TooManyRequests"
	}
	sections := []section{
		{name: ".rodata", kind: elf.SHT_PROGBITS, data: []byte(constants)},
		{name: ".go.buildinfo", kind: elf.SHT_PROGBITS, data: b.info()},
		{name: ".shstrtab", kind: elf.SHT_STRTAB},
	}
	if b.Go == "" {
		sections = append(sections[:1], sections[2])
	}
	return write(sections)
}

type section struct {
	name string
	kind elf.SectionType
	data []byte
}

// write writes the sections one after the other, and a segment that covers them.
func write(sections []section) []byte {
	names := []byte{0}
	at := make([]uint32, len(sections))
	for i, s := range sections {
		at[i] = uint32(len(names))
		names = append(append(names, s.name...), 0)
	}
	sections[len(sections)-1].data = names
	headers := []elf.Section64{{}}
	body := make([]byte, page)
	for i, s := range sections {
		headers = append(headers, elf.Section64{
			Name: at[i], Type: uint32(s.kind), Flags: uint64(elf.SHF_ALLOC),
			Addr: base + uint64(len(body)), Off: uint64(len(body)), Size: uint64(len(s.data)), Addralign: 16,
		})
		body = append(body, s.data...)
		body = append(body, make([]byte, page-len(body)%page)...)
	}
	head := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Ehsize: 64, Phoff: 64, Phentsize: 56, Phnum: 1,
		Shoff: uint64(len(body)), Shentsize: 64, Shnum: uint16(len(headers)), Shstrndx: uint16(len(headers) - 1),
	}
	copy(head.Ident[:], []byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)})
	segment := elf.Prog64{
		Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_W),
		Vaddr: base, Paddr: base, Filesz: uint64(len(body)), Memsz: uint64(len(body)), Align: page,
	}
	var top, end bytes.Buffer
	put(&top, head)
	put(&top, segment)
	put(&end, headers)
	copy(body, top.Bytes())
	return append(body, end.Bytes()...)
}

// put writes a value of fixed size. Writing to a buffer does not fail.
func put(to *bytes.Buffer, v any) { _ = binary.Write(to, binary.LittleEndian, v) }

// info returns the build info: a header of 32 bytes, then two strings, each after its
// length. The module's text has 16 bytes before and after it.
func (b Build) info() []byte {
	settings := "path\tcommand-line-arguments\nbuild\t-compiler=gc\n"
	for _, s := range []struct{ key, value string }{{"DefaultGODEBUG", b.DefaultGODEBUG}, {"GOEXPERIMENT", b.Experiments}} {
		if s.value != "" {
			settings += "build\t" + s.key + "=" + s.value + "\n"
		}
	}
	const mark = "0123456789abcdef"
	out := append([]byte("\xff Go buildinf:"), 8, 2)
	out = append(out, make([]byte, 32-len(out))...)
	for _, s := range []string{b.Go, mark + settings + mark} {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	return append(out, make([]byte, 16)...)
}
