package host

import "unsafe"

// CommonOp is what to do with an entry of memory that sessions have in common.
type CommonOp uint64

const (
	GetCommon CommonOp = iota + 1
	PutCommon
	DeleteCommon
	NextCommon
	CountCommon
)

// What has come of it.
const (
	CommonNot = iota
	CommonDone
	CommonFull
)

// AnyVersion has a value put whatever there is.
const AnyVersion = 1<<64 - 1

// Common is a request about such an entry.
type Common struct {
	Op       CommonOp
	Name     string
	Layout   uint64
	ByRole   uint64
	Nentries uint64
	Size     uint64
	Key      string
	Value    string
	Version  uint64
	Place    uint64

	Error    *ErrorData
	Done     uint64
	FoundKey string
	Found    string
}

// Bytes is a value as it lies in memory. Nothing in it is a pointer, for which the caller answers.
func Bytes[T any](v *T) string {
	return unsafe.String((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}

// FromBytes is the opposite; bools are at some offsets of it, and may be any byte.
func FromBytes[T any](bytes string, bools []uintptr) (v T) {
	to := unsafe.Slice((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v))
	copy(to, bytes)
	for _, at := range bools {
		if to[at] != 0 {
			to[at] = 1
		}
	}
	return v
}
