package pg

import (
	"errors"
	"io"
	"strconv"
)

// LargeObject is a large object that is open: an [io.ReadWriteSeeker]. It is so up to the end of
// the transaction, or of the subtransaction in which it was opened. A function of SQL does each
// operation; what [Exec] says of errors holds for all of them.
type LargeObject struct{ fd int32 }

// LargeObjectMode is what a large object is opened for.
type LargeObjectMode int32

const (
	LargeObjectWrite     LargeObjectMode = 0x20000
	LargeObjectRead      LargeObjectMode = 0x40000
	LargeObjectReadWrite                 = LargeObjectRead | LargeObjectWrite
)

// largeObjectPart is how much of one is moved at a time: none of it has to be in memory whole.
const largeObjectPart = 256 << 10

var errLargeObjectSize = errors.New("pg: a large object has from 0 to 4 TB")

// CreateLargeObject makes an empty large object, with this OID or, if that is 0, with a free one.
func CreateLargeObject(oid uint32) (uint32, error) {
	err := QueryRow("SELECT pg_catalog.lo_create($1)", oid).Scan(&oid)
	return oid, err
}

// UnlinkLargeObject deletes one.
func UnlinkLargeObject(oid uint32) error {
	_, err := Exec("SELECT pg_catalog.lo_unlink($1)", oid)
	return err
}

// OpenLargeObject opens one, at its begin.
func OpenLargeObject(oid uint32, mode LargeObjectMode) (*LargeObject, error) {
	o := new(LargeObject)
	if err := QueryRow("SELECT pg_catalog.lo_open($1, $2)", oid, int32(mode)).Scan(&o.fd); err != nil {
		return nil, err
	}
	return o, nil
}

// Read reads from where it stands.
func (o *LargeObject) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	var data []byte
	err := QueryRow("SELECT pg_catalog.loread($1, $2)", o.fd, int32(partOf(len(p)))).Scan(&data)
	if err != nil {
		return 0, err
	}
	if len(data) == 0 {
		return 0, io.EOF
	}
	return copy(p, data), nil
}

// Write writes to where it stands.
func (o *LargeObject) Write(p []byte) (n int, err error) {
	for n < len(p) {
		part := p[n : n+partOf(len(p)-n)]
		var written int32
		if err := QueryRow("SELECT pg_catalog.lowrite($1, $2)", o.fd, part).Scan(&written); err != nil {
			return n, err
		}
		n += int(written)
		if int(written) < len(part) {
			return n, io.ErrShortWrite
		}
	}
	return n, nil
}

// Seek moves to where the next Read or Write is.
func (o *LargeObject) Seek(offset int64, whence int) (at int64, err error) {
	if whence < io.SeekStart || whence > io.SeekEnd {
		return 0, errors.New("pg: no such whence: " + strconv.Itoa(whence))
	}
	err = QueryRow("SELECT pg_catalog.lo_lseek64($1, $2, $3)", o.fd, offset, int32(whence)).Scan(&at)
	return at, err
}

// Truncate makes it so long: what lies behind goes, or zeros come.
func (o *LargeObject) Truncate(size int64) error {
	if size < 0 {
		return errLargeObjectSize
	}
	_, err := Exec("SELECT pg_catalog.lo_truncate64($1, $2)", o.fd, size)
	return err
}

// Close closes it.
func (o *LargeObject) Close() error {
	_, err := Exec("SELECT pg_catalog.lo_close($1)", o.fd)
	return err
}

func partOf(n int) int {
	if n > largeObjectPart {
		return largeObjectPart
	}
	return n
}
