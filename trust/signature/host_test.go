package signature_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math/big"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd"
	"golang.org/x/crypto/blake2b"
)

// question asks the host's C code for something, and has the right answer.
type question struct{ what, ask, want string }

// TestHostArithmetic holds the host's digests and signatures against Go's.
func TestHostArithmetic(t *testing.T) {
	questions := slices.Concat(digestQuestions(), vectorQuestions(), forgedQuestions())
	var in bytes.Buffer
	for _, q := range questions {
		in.WriteString(q.ask + "\n")
	}
	cmd := exec.Command(driver(t))
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := strings.Fields(string(out))
	if len(answers) != len(questions) {
		t.Fatalf("%d answers to %d questions", len(answers), len(questions))
	}
	for i, q := range questions {
		if answers[i] != q.want {
			t.Errorf("%s: %s, want %s", q.what, answers[i], q.want)
		}
	}
}

// driver builds the host's arithmetic as a program, with every check that the
// compiler can put in.
func driver(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"digest.c", "digest.h", "ed25519.c"} {
		data, err := fs.ReadFile(pgstd.Files, "host/postgres/proof/"+name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), data)
	}
	program := filepath.Join(dir, "driver")
	args := []string{"-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-I" + dir, "-o", program,
		"testdata/driver.c", filepath.Join(dir, "digest.c"), filepath.Join(dir, "ed25519.c")}
	if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

func text(data []byte) string {
	if len(data) == 0 {
		return "-"
	}
	return hex.EncodeToString(data)
}

// digestQuestions are about data of all lengths around those of blocks.
func digestQuestions() (list []question) {
	data := make([]byte, 1000)
	for i := range data {
		data[i] = byte(i * 7)
	}
	for _, n := range []int{0, 1, 3, 55, 56, 63, 64, 65, 111, 112, 113, 127, 128, 129, 239, 240, 255, 256, 257, 1000} {
		small, s, b := sha256.Sum256(data[:n]), sha512.Sum512(data[:n]), blake2b.Sum512(data[:n])
		list = append(list,
			question{fmt.Sprintf("SHA-256 of %d bytes", n), "sha256 " + text(data[:n]), hex.EncodeToString(small[:])},
			question{fmt.Sprintf("SHA-512 of %d bytes", n), "sha512 " + text(data[:n]), hex.EncodeToString(s[:])},
			question{fmt.Sprintf("BLAKE2b of %d bytes", n), "blake2b " + text(data[:n]), hex.EncodeToString(b[:])})
	}
	return list
}

// vectorQuestions are the test vectors of RFC 8032, section 7.1, without the long
// one: public key, message, signature.
func vectorQuestions() (list []question) {
	for i, v := range [][3]string{
		{"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "-",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
		{"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
		{"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
			"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
		{"ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
			"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
			"dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"},
	} {
		list = append(list, question{fmt.Sprintf("RFC 8032, %d", i), "ed25519 " + v[1] + " " + v[2] + " " + v[0], "1"})
	}
	return list
}

// order is that of the group: a signature whose second half is larger by it would
// verify, too, if nobody looked.
var order, _ = new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)

// forgedQuestions are good signatures of random messages, and what becomes of them.
// Go's crypto/ed25519 knows the answers.
func forgedQuestions() (list []question) {
	random := rand.NewChaCha8([32]byte{1})
	for i := range 200 {
		public, private, err := ed25519.GenerateKey(random)
		if err != nil {
			panic(err)
		}
		message := make([]byte, i)
		random.Read(message)
		sig := ed25519.Sign(private, message)
		ask := func(what string, change func(message, sig, key []byte)) {
			m, s, k := bytes.Clone(message), bytes.Clone(sig), bytes.Clone(public)
			change(m, s, k)
			want := "0"
			if ed25519.Verify(k, m, s) {
				want = "1"
			}
			list = append(list, question{fmt.Sprintf("%s, %d", what, i), "ed25519 " + text(m) + " " + text(s) + " " + text(k), want})
		}
		at := int(random.Uint64() % 64)
		ask("good", func(_, _, _ []byte) {})
		ask("changed signature", func(_, s, _ []byte) { s[at] ^= 1 << (i % 8) })
		ask("changed key", func(_, _, k []byte) { k[at%32] ^= 1 << (i % 8) })
		ask("changed message", func(m, _, _ []byte) {
			if len(m) > 0 {
				m[at%len(m)] ^= 1
			}
		})
		ask("second signature", func(_, s, _ []byte) {
			half := slices.Clone(s[32:])
			slices.Reverse(half)
			larger := new(big.Int).Add(new(big.Int).SetBytes(half), order).FillBytes(make([]byte, 32))
			slices.Reverse(larger)
			copy(s[32:], larger)
		})
	}
	return list
}
