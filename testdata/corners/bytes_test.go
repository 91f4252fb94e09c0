package corners

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/md5"
	"crypto/mlkem"
	"crypto/rc4"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"crypto/subtle"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/maphash"
	"image"
	"io"
	"math/big"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"sort"
	"strings"
	"testing"
)

// keys are zero values of types that have a constructor.
type keys struct {
	hash  maphash.Hash
	seed  maphash.Seed
	sha3  sha3.SHA3
	shake sha3.SHAKE
	rc4   rc4.Cipher
	cha   rand.ChaCha8
	pcg   rand.PCG
	ecdh  ecdh.PrivateKey
	ecpub ecdh.PublicKey
	ecdsa ecdsa.PrivateKey
	rsa   rsa.PrivateKey
	ed    ed25519.PrivateKey
	kem   mlkem.DecapsulationKey768
	ekem  mlkem.EncapsulationKey1024
}

var zeroCrypto = []func(*keys){
	func(k *keys) { _, _ = k.hash.WriteString("a"); k.hash.Sum64() },
	func(k *keys) { k.hash.SetSeed(k.seed) },
	func(k *keys) { maphash.Comparable(k.seed, "a") },
	func(k *keys) { maphash.Comparable(maphash.MakeSeed(), any(k)) },
	func(k *keys) { _, _ = k.sha3.Write(make([]byte, 500)) },
	func(k *keys) { k.sha3.Sum(nil) },
	func(k *keys) { _, _ = k.shake.Read(make([]byte, 500)) },
	func(k *keys) { k.rc4.XORKeyStream(make([]byte, 9), make([]byte, 9)) },
	func(k *keys) { k.cha.Uint64() },
	func(k *keys) { _, _ = k.cha.Read(make([]byte, 99)) },
	func(k *keys) { k.pcg.Uint64() },
	func(k *keys) { k.ecdh.Public() },
	func(k *keys) { _, _ = k.ecdh.ECDH(&k.ecpub) },
	func(k *keys) { _, _ = k.ecdsa.Sign(nil, make([]byte, 32), crypto.SHA256) },
	func(k *keys) { _, _ = k.rsa.Sign(nil, make([]byte, 32), crypto.SHA256) },
	func(k *keys) { _, _ = k.ed.Sign(nil, nil, crypto.Hash(0)) },
	func(k *keys) { _, _ = k.kem.Decapsulate(make([]byte, 1088)) },
	func(k *keys) { k.ekem.Encapsulate() },
}

// margin lies on both sides of the bytes that a function is given.
const margin = 64

// sizes of bytes, around those at which code takes another way.
var sizes = []int{0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 168, 504, 1344, 4033}

// within gives f bytes, and looks whether those beside them have changed.
func within(t *testing.T, f func(b []byte)) {
	t.Helper()
	for _, n := range sizes {
		all := slices.Repeat([]byte{0xc5}, n+2*margin)
		attempt(func() { f(all[margin : margin+n : margin+n]) })
		if !bytes.Equal(all[:margin], all[margin+n:][:margin]) || bytes.Count(all[:margin], []byte{0xc5}) != margin {
			t.Errorf("bytes beside a slice of %d have been written", n)
		}
	}
}

func TestLengths(t *testing.T) {
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	within(t, func(b []byte) { block.Encrypt(b, b) })
	within(t, func(b []byte) { block.Decrypt(b, make([]byte, 16)) })
	within(t, func(b []byte) { cipher.NewCBCEncrypter(block, make([]byte, 16)).CryptBlocks(b, b) })
	within(t, func(b []byte) { cipher.NewCTR(block, make([]byte, 16)).XORKeyStream(b, make([]byte, len(b))) })
	within(t, func(b []byte) { cipher.NewCTR(block, b) })
	within(t, func(b []byte) { aead.Seal(b[:0], make([]byte, 12), b, b) })
	within(t, func(b []byte) { _, _ = aead.Open(b[:0], b, b, b) })
	within(t, func(b []byte) { subtle.XORBytes(b, make([]byte, 5000), make([]byte, 4000)) })
	within(t, func(b []byte) { subtle.ConstantTimeCompare(b, make([]byte, len(b))) })
	within(t, func(b []byte) { _ = mustSize(mlkem.NewDecapsulationKey768(b)) })
	within(t, func(b []byte) { _ = mustSize(ecdh.P256().NewPublicKey(b)) })
	within(t, func(b []byte) { ed25519.Verify(b, b, b) })
	for _, n := range sizes {
		within(t, func(b []byte) { bytes.Index(b, b[:min(n, len(b))]); bytes.Index(b, make([]byte, n)) })
		within(t, func(b []byte) { strings.Index(string(b), strings.Repeat("\xc5", n)) })
		within(t, func(b []byte) { bytes.IndexAny(b, strings.Repeat("é", n)); bytes.LastIndexAny(b, "é\xff") })
		within(t, func(b []byte) { bytes.Count(b, b[:min(1, n)]); bytes.Compare(b, make([]byte, n)) })
		within(t, func(b []byte) { bytes.Join([][]byte{b, make([]byte, n), b}, b) })
		within(t, func(b []byte) { bytes.ToUpper(b); bytes.ToLower(b); bytes.Repeat(b, n) })
	}
	within(t, func(b []byte) { runtime.Stack(b, true) })
	for n := range 70 {
		attempt(func() { runtime.Callers(n-35, make([]uintptr, n)) })
		attempt(func() { runtime.GoroutineProfile(make([]runtime.StackRecord, n)) })
		attempt(func() { runtime.MemProfile(make([]runtime.MemProfileRecord, n), true) })
		attempt(func() { runtime.BlockProfile(make([]runtime.BlockProfileRecord, n)) })
		attempt(func() { metrics.Read(make([]metrics.Sample, n)) })
		attempt(func() { debug.ReadGCStats(&debug.GCStats{PauseQuantiles: nil}) })
		attempt(func() { s := make([]string, n); sort.Slice(s[:n/2], func(i, j int) bool { return i*j%3 == 1 }) })
	}
}

// TestOverlaps gives ciphers and digests, which are assembly, every relation that two slices of one array can
// have, nil, and lengths that do not fit each other. Other bytes of the array are not written.
func TestOverlaps(t *testing.T) {
	ciphers := map[string]func(dst, src []byte){}
	for _, size := range []int{16, 24, 32} {
		block, err := aes.NewCipher(make([]byte, size))
		if err != nil {
			t.Fatal(err)
		}
		for _, nonce := range []int{1, 12, 16, 100} {
			if aead, err := cipher.NewGCMWithNonceSize(block, nonce); err == nil {
				ciphers[fmt.Sprint("seal ", size, nonce)] = func(dst, src []byte) { aead.Seal(dst[:0], make([]byte, nonce), src, src[:len(src)/2]) }
				ciphers[fmt.Sprint("open ", size, nonce)] = func(dst, src []byte) { _, _ = aead.Open(dst[:0], make([]byte, nonce), src, nil) }
			}
		}
		ciphers[fmt.Sprint("block ", size)] = func(dst, src []byte) { block.Encrypt(dst, src); block.Decrypt(dst, src) }
		ciphers[fmt.Sprint("CTR ", size)] = func(dst, src []byte) {
			s := cipher.NewCTR(block, make([]byte, 16))
			s.XORKeyStream(dst, src)
			s.XORKeyStream(src, dst)
		}
		ciphers[fmt.Sprint("CBC ", size)] = func(dst, src []byte) {
			cipher.NewCBCEncrypter(block, make([]byte, 16)).CryptBlocks(dst, src)
			cipher.NewCBCDecrypter(block, make([]byte, 16)).CryptBlocks(dst, src)
		}
	}
	ciphers["xor"] = func(dst, src []byte) { subtle.XORBytes(dst, src, src[len(src)/3:]) }
	for name, h := range map[string]func() hash.Hash{
		"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New,
		"sha3": func() hash.Hash { return sha3.New256() }, "maphash": func() hash.Hash { return new(maphash.Hash) },
	} {
		ciphers[name] = func(dst, src []byte) {
			d := h()
			d.Write(src)
			d.Write(dst)
			d.Write(nil)
			d.Sum(dst[:min(1, len(dst))])
		}
	}
	const size = 700
	for name, f := range ciphers {
		for _, n := range []int{0, 1, 15, 16, 17, 64, 129, 256, 300} {
			for _, m := range []int{0, 1, 16, n, n + 16, max(n-1, 0)} {
				for _, shift := range []int{0, 1, -1, 15, 16, -16, 64, n, -n} {
					all := slices.Repeat([]byte{0xc5}, size)
					at := 320
					low, high := min(at, at+shift), max(at+n, at+shift+m)
					if low < 0 || high > size {
						continue
					}
					attempt(func() { f(all[at+shift:at+shift+m:at+shift+m], all[at:at+n:at+n]) })
					attempt(func() { f(nil, all[at:at+n:at+n]) })
					attempt(func() { f(all[at:at+n:at+n], nil) })
					if bytes.Count(all[:low], []byte{0xc5}) != low || bytes.Count(all[high:], []byte{0xc5}) != size-high {
						t.Fatalf("%s of %d bytes into %d, %d beside them: other bytes have been written", name, n, m, shift)
					}
				}
			}
		}
	}
}

func mustSize[T any](_ T, err error) error { return err }

// TestBigWords computes with numbers whose words nobody has brought in order. What
// repeats until a number is small enough, such as GCD, may never end: it is left out.
func TestBigWords(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	number := func() *big.Int {
		words := make([]big.Word, r.IntN(90), 100)
		for i := range words {
			words[i] = big.Word([]uint64{0, 1, ^uint64(0), r.Uint64()}[r.IntN(4)])
		}
		n := new(big.Int).SetBits(words)
		// SetBits brings them in order; the slice is still ours.
		clear(words[:r.IntN(len(words)+1)])
		if len(words) > 0 {
			words[len(words)-1] = 0
		}
		return n
	}
	// Of a divisor only the last word is as it should be: division by one that begins
	// with zeroes may never end.
	divisor := func() *big.Int {
		n := number().Bits()
		return new(big.Int).SetBits(append(n[:len(n)/2], big.Word(r.Uint64()|1)))
	}
	for range 500 {
		x, y, z := number(), number(), number()
		for _, f := range []func(){
			func() { x.Add(y, z) }, func() { x.Sub(y, z) }, func() { x.Mul(y, y) }, func() { x.Mul(y, x) },
			func() { x.QuoRem(y, divisor(), x) }, func() { y.DivMod(x, divisor(), y) },
			func() { _ = y.String() }, func() { _ = z.Text(62) }, func() { x.Lsh(y, uint(r.IntN(300))) }, func() { x.Rsh(x, uint(r.IntN(300))) },
			func() { y.FillBytes(make([]byte, 80)) }, func() { new(big.Float).SetInt(x).Add(new(big.Float).SetInt(y), new(big.Float)) },
			func() { x.Exp(big.NewInt(3), big.NewInt(77), divisor()) },
		} {
			attemptNow(f)
		}
	}
}

// attemptNow is attempt for what cannot block.
func attemptNow(f func()) {
	defer func() { _ = recover() }()
	f()
}

func TestChecksums(t *testing.T) {
	table := crc32.MakeTable(crc32.Castagnoli)
	for i := range table {
		table[i] = ^uint32(0) - uint32(i)
	}
	forged := new(crc32.Table)
	within(t, func(b []byte) {
		crc32.Update(1, table, b)
		crc32.Update(1, forged, b)
		crc32.Checksum(b, crc32.IEEETable)
	})
	r := rand.New(rand.NewPCG(3, 4))
	for _, h := range []func() hash.Hash{
		md5.New, sha1.New, sha256.New, sha256.New224, sha512.New, func() hash.Hash { return crc32.New(table) },
		func() hash.Hash { return sha3.New256() },
	} {
		state, err := h().(encoding.BinaryMarshaler).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		for i := range 20 * len(state) {
			bad := slices.Clone(state)
			bad[i%len(bad)] = byte(r.Uint32())
			within(t, func(b []byte) {
				d := h()
				if d.(encoding.BinaryUnmarshaler).UnmarshalBinary(bad[:len(bad)-i%2]) == nil {
					_, _ = d.Write(b)
					d.Sum(b[:0])
				}
			})
		}
	}
}

// TestHostile gives parsers files that somebody has changed.
func TestHostile(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	heads := []string{"MZ" + strings.Repeat("\x00", 58) + "\x40\x00\x00\x00PE\x00\x00\x64\x86\x02\x00", "\x7fELF\x02\x01\x01", "\xcf\xfa\xed\xfe\x07\x00\x00\x01", "\x89PNG\r\n\x1a\n", "GIF89a"}
	for i := range 500 {
		file := make([]byte, 600)
		for j := range file {
			file[j] = []byte{0, 1, 2, 0x40, 0xff, byte(r.Uint32())}[r.IntN(6)]
		}
		copy(file, heads[i%len(heads)])
		for _, parse := range []func(io.ReaderAt){
			func(f io.ReaderAt) {
				p, err := pe.NewFile(f)
				for i := -1; err == nil && i < 5; i++ {
					_, _ = p.COFFSymbolReadSectionDefAux(i)
				}
			},
			func(f io.ReaderAt) {
				if e, err := elf.NewFile(f); err == nil {
					_, _ = e.Symbols()
					_, _ = e.DWARF()
				}
			},
			func(f io.ReaderAt) { _, _ = macho.NewFile(f) },
			func(f io.ReaderAt) { _, _, _ = image.DecodeConfig(io.NewSectionReader(f, 0, 600)) },
		} {
			attemptNow(func() { parse(bytes.NewReader(file)) })
		}
	}
}
