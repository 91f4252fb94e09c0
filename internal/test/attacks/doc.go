// Package attacks tries what a hostile author could: each file of testdata/attacks is
// one attempt, and says what must stop it. The package has tests only.
package attacks
