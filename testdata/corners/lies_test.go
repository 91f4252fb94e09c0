package corners

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"container/heap"
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"database/sql"
	"database/sql/driver"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
)

// liar implements what the library asks for, and does not do what it says.
type liar struct {
	n int
	r *rand.Rand
}

func (l *liar) next() int { return []int{0, 1, -1, 7, 16, 17, 1000, 1 << 20, l.n, -l.n}[l.r.IntN(10)] }

func (l *liar) Read(p []byte) (int, error) {
	if l.n--; l.n < 0 {
		return 0, io.EOF
	}
	clear(p[:min(len(p), 3)])
	return len(p) + l.r.IntN(3) - 1, nil
}

func (l *liar) Write(p []byte) (int, error)       { return l.next(), nil }
func (l *liar) WriteString(s string) (int, error) { return l.next(), nil }
func (l *liar) ReadByte() (byte, error)           { return byte(l.next()), nil }
func (l *liar) Len() int                          { l.n++; return min(l.next(), 2000) }
func (l *liar) Less(i, j int) bool                { return (i*31+j*17+l.n)%3 == 0 }
func (l *liar) Swap(i, j int)                     { l.n += i - j }
func (l *liar) Push(any)                          {}
func (l *liar) Pop() any                          { return l.n }
func (l *liar) BlockSize() int                    { return l.next() }
func (l *liar) Size() int                         { return l.next() }
func (l *liar) Encrypt(dst, src []byte)           { l.n++ }
func (l *liar) Decrypt(dst, src []byte)           { l.n++ }
func (l *liar) Sum(b []byte) []byte               { return b[:len(b)/2] }
func (l *liar) Reset()                            {}
func (l *liar) ColorModel() color.Model           { return color.RGBAModel }
func (l *liar) Bounds() image.Rectangle {
	return image.Rect(l.next()%999, l.next()%999, l.next()%999, l.next()%999)
}
func (l *liar) At(x, y int) color.Color                      { return color.RGBA{uint8(l.next()), 1, 2, 3} }
func (l *liar) Uint64() uint64                               { return ^uint64(0) }
func (l *liar) MarshalText() ([]byte, error)                 { return make([]byte, 3)[:l.n%4], nil }
func (l *liar) UnmarshalText(b []byte) error                 { clear(b); return nil }
func (l *liar) GobEncode() ([]byte, error)                   { return nil, nil }
func (l *liar) GobDecode(b []byte) error                     { clear(b[:cap(b)]); return nil }
func (l *liar) Error() string                                { panic(l) }
func (l *liar) Is(error) bool                                { return l.n%2 == 0 }
func (l *liar) As(any) bool                                  { return true }
func (l *liar) Unwrap() error                                { return l }
func (l *liar) Format(f fmt.State, _ rune)                   { fmt.Fprintf(f, "%*d", l.next()%99, l.n) }
func (l *liar) Deadline() (time.Time, bool)                  { return time.Time{}, true }
func (l *liar) Done() <-chan struct{}                        { return nil }
func (l *liar) Err() error                                   { return l }
func (l *liar) Value(key any) any                            { return l }
func (l *liar) Connect(context.Context) (driver.Conn, error) { return l, nil }
func (l *liar) Driver() driver.Driver                        { return nil }
func (l *liar) Prepare(string) (driver.Stmt, error)          { return l, nil }
func (l *liar) Close() error                                 { return nil }
func (l *liar) Begin() (driver.Tx, error)                    { return nil, nil }
func (l *liar) NumInput() int                                { return l.next() }
func (l *liar) Exec([]driver.Value) (driver.Result, error)   { return nil, nil }
func (l *liar) Query([]driver.Value) (driver.Rows, error)    { return l, nil }
func (l *liar) Columns() []string                            { return make([]string, max(0, l.next()%5)) }
func (l *liar) Next(row []driver.Value) error                { clear(row); return nil }

// TestLies gives the library values of a program's own types that lie.
func TestLies(t *testing.T) {
	for i := range 60 {
		l := &liar{n: i % 40, r: rand.New(rand.NewPCG(uint64(i), 7))}
		for _, f := range []func(){
			func() { _, _ = io.ReadAll(l) },
			func() { _, _ = new(bytes.Buffer).ReadFrom(l) },
			func() { _, _ = bufio.NewReaderSize(l, 16).ReadString('x') },
			func() { w := bufio.NewWriterSize(l, 16); _, _ = w.WriteString(strings.Repeat("a", 99)); _ = w.Flush() },
			func() { s := bufio.NewScanner(l); s.Scan(); _ = s.Text() },
			func() {
				s := bufio.NewScanner(strings.NewReader("some text"))
				s.Split(func(b []byte, _ bool) (int, []byte, error) { return l.next(), b, nil })
				for range 9 {
					s.Scan()
				}
			},
			func() { _, _ = io.CopyN(l, l, 100) },
			func() { _, _ = io.ReadAll(flate.NewReader(l)) },
			func() { _, _ = gzip.NewReader(l) },
			func() { _, _ = io.Copy(gzip.NewWriter(l), strings.NewReader("text")) },
			func() { sort.Sort(l); sort.Stable(l) },
			func() { heap.Init(l); heap.Push(l, 1); heap.Fix(l, l.next()); heap.Remove(l, l.next()) },
			func() { slices.SortFunc(make([]int, 500), func(a, b int) int { return l.next() }) },
			func() { sort.Slice(make([]string, 300), func(a, b int) bool { return l.r.IntN(2) == 0 }) },
			func() { sort.Search(l.next(), func(int) bool { return l.n%2 == 0 }) },
			func() { cipher.NewCBCDecrypter(l, make([]byte, 16)).CryptBlocks(make([]byte, 64), make([]byte, 64)) },
			func() { cipher.NewCTR(l, make([]byte, 16)).XORKeyStream(make([]byte, 99), make([]byte, 99)) },
			func() { a, _ := cipher.NewGCMWithTagSize(l, 16); a.Seal(nil, make([]byte, 12), make([]byte, 99), nil) },
			func() { h := hmac.New(func() hash.Hash { return &liar{l.n, l.r} }, make([]byte, 200)); h.Sum(nil) },
			func() {
				draw.Draw(image.NewRGBA(image.Rect(0, 0, 50, 50)), l.Bounds(), l, image.Pt(l.next(), l.next()), draw.Over)
			},
			func() {
				draw.Draw(&image.RGBA{Pix: make([]byte, 9), Stride: l.next(), Rect: image.Rect(0, 0, 50, 50)}, l.Bounds(), image.White, image.Point{}, draw.Src)
			},
			func() {
				_ = png.Encode(io.Discard, &image.Paletted{Pix: make([]byte, 9), Stride: l.next(), Rect: image.Rect(0, 0, 9, 9)})
			},
			func() {
				_ = jpeg.Encode(io.Discard, &image.YCbCr{Y: make([]byte, 9), YStride: l.next(), CStride: l.next(), Rect: image.Rect(0, 0, 16, 16)}, nil)
			},
			func() { r := rand.New(l); r.Perm(9); r.NormFloat64(); r.Shuffle(9, func(i, j int) { l.Swap(i, j) }) },
			func() {
				_, _ = json.Marshal(map[string]any{"a": l})
				_ = json.Unmarshal([]byte(`["x","y"]`), &[]*liar{l})
			},
			func() { var b bytes.Buffer; _ = gob.NewEncoder(&b).Encode(l); _ = gob.NewDecoder(&b).Decode(l) },
			func() { fmt.Fprintf(l, "%v %*d %.*f", l, l.next()%99, 3, l.next()%99, 1.5) },
			func() { _, _ = fmt.Sscanf("1 2", "%d %v", l, l) },
			func() { errors.As(errors.Join(l), new(*liar)) },
			func() { c, stop := context.WithCancel(l); stop(); context.Cause(c) },
			func() { _ = maps.Collect(func(yield func(int, int) bool) { yield(1, 2); yield(1, 3) }) },
			func() {
				db := sql.OpenDB(l)
				var a, b sql.RawBytes
				if rows, err := db.Query("x", 1); err == nil {
					rows.Next()
					_ = rows.Scan(&a, &b)
					_ = rows.Close()
				}
				_ = db.Close()
			},
		} {
			attempt(f)
		}
	}
}
