//go:build postgres

package drbg

import "crypto/internal/sysrand"

// getEntropy seeds the generator of the FIPS mode, from the host.
func getEntropy() *[SeedSize]byte {
	seed := new([SeedSize]byte)
	sysrand.Read(seed[:])
	return seed
}
