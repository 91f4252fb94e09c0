package gocmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
)

// notThere is what the go command says of an import that go.mod has no module for, where it must
// not change go.mod itself.
var notThere = regexp.MustCompile(`cannot find module providing package (\S+): import lookup disabled by -mod=readonly`)

// noSum is what it says where go.sum lacks a line. What it advises then, to get the importing
// package once more, is another version of that for whoever requires a fixed one.
var noSum = regexp.MustCompile(`(missing go\.sum entry[^;\n]*); to add(?: it)?:\n\tgo (?:get|mod download) [^\n]*`)

// Remedied is a message of the go command, with what to do about an import without a module, or
// a module without a line in go.sum.
func Remedied(message string) string {
	message = notThere.ReplaceAllString(message, "no module in go.mod provides package $1; add one with: go get $1")
	return noSum.ReplaceAllString(message, "$1; run: go mod tidy")
}

// Run runs a go command in dir, as a build does.
type Run func(ctx context.Context, dir string, stdout, stderr io.Writer, args ...string) error

// List runs go list with args, which ask for JSON, and decodes what it prints. An error is
// what go list says, where it says something.
func List[T any](ctx context.Context, run Run, dir string, args ...string) ([]*T, error) {
	var stdout, stderr bytes.Buffer
	if err := run(ctx, dir, &stdout, &stderr, append([]string{"list"}, args...)...); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && stderr.Len() > 0 {
			return nil, errors.New(Remedied(strings.TrimSpace(stderr.String())))
		}
		return nil, fmt.Errorf("cannot run go list: %w", err)
	}
	var found []*T
	for d := json.NewDecoder(&stdout); ; {
		p := new(T)
		if err := d.Decode(p); err == io.EOF {
			return found, nil
		} else if err != nil {
			return nil, fmt.Errorf("cannot read the output of go list: %w", err)
		}
		found = append(found, p)
	}
}
