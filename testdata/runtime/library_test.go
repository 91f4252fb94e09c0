package runtimetest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/md5"
	cryptorand "crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"fmt"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"hash/crc64"
	"hash/fnv"
	"math"
	bignum "math/big"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestLibraryAnswers asks what the library computes by assembly, in the ways that the
// processor has instructions for. The answers are the same on each.
func TestLibraryAnswers(t *testing.T) {
	data := make([]byte, 5000)
	rand.NewChaCha8([32]byte{1}).Read(data)
	// Lengths on both sides of the blocks that an implementation takes at a time.
	var lengths []int
	for n := range 300 {
		lengths = append(lengths, n)
	}
	lengths = append(lengths, 511, 512, 513, 1023, 1024, 1025, 4096, 5000)

	hashes := map[string]func() hash.Hash{
		"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
		"sha3":    func() hash.Hash { return sha3.New256() },
		"hmac":    func() hash.Hash { return hmac.New(sha256.New, data[:40]) },
		"crc32":   func() hash.Hash { return crc32.NewIEEE() },
		"crc32c":  func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
		"crc64":   func() hash.Hash { return crc64.New(crc64.MakeTable(crc64.ECMA)) },
		"adler32": func() hash.Hash { return adler32.New() },
		"fnv":     func() hash.Hash { return fnv.New128a() },
	}
	answers := map[string]func(sum hash.Hash){
		"aes": func(sum hash.Hash) {
			for _, size := range []int{16, 24, 32} {
				block, err := aes.NewCipher(data[:size])
				if err != nil {
					t.Fatal(err)
				}
				aead, err := cipher.NewGCM(block)
				if err != nil {
					t.Fatal(err)
				}
				for _, n := range lengths {
					sealed := aead.Seal(nil, data[:12], data[:n], data[:n%20])
					sum.Write(sealed)
					if opened, err := aead.Open(nil, data[:12], sealed, data[:n%20]); err != nil || !bytes.Equal(opened, data[:n]) {
						t.Fatalf("AES-%d of %d bytes: %v", size*8, n, err)
					}
					cipher.NewCTR(block, data[:16]).XORKeyStream(sealed, sealed)
					sum.Write(sealed)
				}
				cbc := slices.Clone(data[:4096])
				cipher.NewCBCEncrypter(block, data[:16]).CryptBlocks(cbc, cbc)
				sum.Write(cbc)
				cipher.NewCBCDecrypter(block, data[:16]).CryptBlocks(cbc, cbc)
				sum.Write(cbc)
			}
		},
		"curves": func(sum hash.Hash) {
			for _, curve := range []ecdh.Curve{ecdh.P256(), ecdh.P384(), ecdh.P521(), ecdh.X25519()} {
				size := map[ecdh.Curve]int{ecdh.P384(): 48, ecdh.P521(): 66}[curve]
				key := slices.Clone(data[:max(size, 32)])
				key[0] = 0
				private, err := curve.NewPrivateKey(key)
				if err != nil {
					t.Fatal(err)
				}
				shared, err := private.ECDH(private.PublicKey())
				if err != nil {
					t.Fatal(err)
				}
				sum.Write(shared)
			}
		},
		"big": func(sum hash.Hash) {
			n := new(bignum.Int)
			for _, length := range lengths {
				a, b := new(bignum.Int).SetBytes(data[:max(1, length)]), new(bignum.Int).SetBytes(data[:length/2+1])
				b.SetBit(b, 0, 1)
				sum.Write(n.Mul(a, b).Bytes())
				sum.Write(n.Div(a, b).Bytes())
				sum.Write(n.Sub(a, b).Bytes())
				if length < 100 {
					sum.Write(n.Exp(a, b, new(bignum.Int).Add(b, a)).Bytes())
				}
			}
		},
		"texts": func(sum hash.Hash) {
			s := string(data)
			for _, n := range lengths {
				fmt.Fprint(sum, strings.Index(s, s[len(s)-n:]), strings.IndexByte(s[n:], s[n/2]), strings.Count(s[:n], s[:1]), strings.Compare(s[:n], s[n/2:n]))
			}
		},
		"math": func(sum hash.Hash) {
			for i := range 2000 {
				x := float64(float64(i)*1.37) + 0.01
				fmt.Fprint(sum, math.Sqrt(x), math.Floor(x), math.Ceil(-x), math.Trunc(x), math.FMA(x, x, -x), math.RoundToEven(x), bits.OnesCount(uint(i)))
			}
		},
	}
	for name, h := range hashes {
		answers[name] = func(sum hash.Hash) {
			for _, n := range lengths {
				h := h()
				h.Write(data[:n/3])
				h.Write(data[n/3 : n])
				sum.Write(h.Sum(nil))
			}
		}
	}
	for name, answer := range answers {
		sum := fnv.New64a()
		answer(sum)
		if got := fmt.Sprintf("%x", sum.Sum(nil)); got != libraryAnswers[name] {
			t.Errorf("%s: %s, want %s", name, got, libraryAnswers[name])
		}
	}
}

// libraryAnswers are what stock Go answers without assembly (the tag purego).
var libraryAnswers = map[string]string{
	"adler32": "9f5d5e2a6d20b298",
	"aes":     "a7cbd6bf37809090",
	"big":     "14f190ce3d694302",
	"crc32":   "2418b01144ae1bc7",
	"crc32c":  "b4147a1b940c3d82",
	"crc64":   "126377d46150442c",
	"curves":  "c3a8def52fbed1e4",
	"fnv":     "c74dc4cff407edfc",
	"hmac":    "6455352d6413ad55",
	"math":    "bd0ab2c7bdb90c33",
	"md5":     "8037d6efb5de05da",
	"sha1":    "c1247cf26bad0d60",
	"sha224":  "74c9c91078ad1aaf",
	"sha256":  "385adea7146a55c4",
	"sha384":  "4439194d16bdd8fd",
	"sha3":    "26d25ac72b7db140",
	"sha512":  "c657379b6afc2037",
	"texts":   "1548d85976bf64b8",
}

// TestLibrarySigns has signatures made and looked at: they differ each time.
func TestLibrarySigns(t *testing.T) {
	digest := sha256.Sum256([]byte("what is signed"))
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384()} {
		key, err := ecdsa.GenerateKey(curve, cryptorand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := ecdsa.SignASN1(cryptorand.Reader, key, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
			t.Error(curve.Params().Name, "does not verify its own signature")
		}
		digest[0]++
		if ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
			t.Error(curve.Params().Name, "verifies the signature of something else")
		}
	}
	key, err := rsa.GenerateKey(cryptorand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := rsa.EncryptOAEP(sha256.New(), cryptorand.Reader, &key.PublicKey, digest[:], nil)
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := rsa.DecryptOAEP(sha256.New(), nil, key, sealed, nil); err != nil || !bytes.Equal(opened, digest[:]) {
		t.Error(err)
	}
}
