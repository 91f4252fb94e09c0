package objfile

import (
	"debug/elf"
	"encoding/binary"
	"strconv"
)

// Parameter is a parameter of the server's configuration that a module defines: what the
// host has to know before any Go code runs. For the host it is a PgstdParameter, in
// host/postgres/calls/parameter.h, which says what the numbers mean.
type Parameter struct {
	Name, Short, Long   string
	Text                string   // the default of a text
	Labels              []string // of an enum, in the order of their numbers
	Kind                uint32
	Context             uint32
	Flags               uint32
	Default, Min, Max   uint64 // numbers as their bits
	CheckSite, ShowSite int32  // the Go functions that are called; -1 for none
	Check, Assign, Show Hook
}

// Hook is a function of the host that PostgreSQL calls without telling it which parameter is
// meant: the number of that is an argument more.
type Hook struct {
	Entry    string // empty for none
	Argument int    // which one, from 0
}

const (
	parametersSymbol = "pgstd_parameters"
	parametersHead   = 16
	// ParameterSize is that of a PgstdParameter.
	ParameterSize = 80
)

// parameters adds the table of parameters, and the functions that PostgreSQL calls.
func (r *Relocatable) parameters(a code, text *Section, prefix string, list []Parameter, function func(name string, write func())) {
	table := r.Section(".rodata", elf.SHT_PROGBITS, elf.SHF_ALLOC, 8)
	le := binary.LittleEndian
	var texts []byte
	keep := func(s string) uint32 {
		at := parametersHead + len(list)*ParameterSize + len(texts)
		texts = append(texts, s+"\x00"...)
		return uint32(at)
	}
	data := le.AppendUint32(nil, uint32(len(list)))
	data = le.AppendUint32(data, keep(prefix))
	data = le.AppendUint64(data, 0)
	for i, p := range list {
		for _, w := range []uint64{p.Default, p.Min, p.Max} {
			data = le.AppendUint64(data, w)
		}
		for _, h := range []Hook{p.Check, p.Assign, p.Show} {
			if h.Entry != "" {
				name := h.Entry + "_" + strconv.Itoa(i)
				r.Hidden(h.Entry)
				function(name, func() { a.jump(text, h.Argument, uint32(i), h.Entry) })
				table.Relocate(uint64(len(data)), name, a.relative, 0)
			}
			data = le.AppendUint32(data, 0) // from here to the function
		}
		labels := uint32(0)
		for j, l := range p.Labels {
			if at := keep(l); j == 0 {
				labels = at
			}
		}
		for _, w := range []uint32{p.Kind, p.Context, p.Flags, uint32(p.CheckSite), uint32(p.ShowSite),
			keep(p.Name), keep(p.Short), keep(p.Long), keep(p.Text), labels, uint32(len(p.Labels))} {
			data = le.AppendUint32(data, w)
		}
	}
	table.Data = append(data, texts...)
	r.Define(parametersSymbol, table, 0, uint64(len(table.Data)), elf.STT_OBJECT, elf.STB_GLOBAL, elf.STV_HIDDEN)
}
