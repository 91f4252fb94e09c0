package objfile

import (
	"debug/elf"
	"encoding/binary"
)

// Worker is a background worker of a module; for the host it is a PgstdWorkerEntry, in
// host/postgres/calls/background.h.
type Worker struct {
	Name           string
	Database, Role string // empty: see there
	Site           int32  // the Go function
	Restart        int32  // in seconds; -1 for never
}

const (
	workersSymbol = "pgstd_workers"
	workersHead   = 8
	// WorkerSize is that of a PgstdWorkerEntry.
	WorkerSize = 24
)

// workers adds the table of workers.
func (r *Relocatable) workers(prefix string, list []Worker) {
	table := r.Section(".rodata", elf.SHT_PROGBITS, elf.SHF_ALLOC, 8)
	le := binary.LittleEndian
	var texts []byte
	keep := func(s string) uint32 {
		at := workersHead + len(list)*WorkerSize + len(texts)
		texts = append(texts, s+"\x00"...)
		return uint32(at)
	}
	data := le.AppendUint32(nil, uint32(len(list)))
	data = le.AppendUint32(data, keep(prefix))
	for _, w := range list {
		for _, n := range []uint32{uint32(w.Site), uint32(w.Restart), keep(w.Name), keep(w.Database), keep(w.Role), 0} {
			data = le.AppendUint32(data, n)
		}
	}
	table.Data = append(data, texts...)
	r.Define(workersSymbol, table, 0, uint64(len(table.Data)), elf.STT_OBJECT, elf.STB_GLOBAL, elf.STV_HIDDEN)
}
