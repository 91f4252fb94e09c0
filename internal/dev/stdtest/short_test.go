package main

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"testing"
	"time"
)

// The packages and modules that a run of all tests includes: the parts of the runtime port and of
// the library that lean on it, in a minute or two. "make stdtest" and "make modules" run them all.
const (
	shortStd     = `^(bufio|container/list|context|encoding/json|errors|internal/synctest|io/fs|log/slog|maps|net/http/httptest|os/exec|runtime/debug|strings|sync|sync/atomic|testing/iotest|text/template|unique|weak)$`
	shortModules = `^github.com/(google/uuid|tidwall/gjson)$`
)

func TestShort(t *testing.T) {
	t.Chdir("../../..")
	for name, packages := range map[string]string{"std": shortStd, "modules": shortModules} {
		t.Run(name, func(t *testing.T) {
			if name == "modules" {
				requireModules(t)
			}
			c := config{goPaths: []string{""}, jobs: 2, silence: 5 * time.Minute, run: regexp.MustCompile(packages)}
			good, err := c.suite(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			if !good {
				t.Error("not as the table says; see above")
			}
		})
	}
}

// requireModules skips where the modules are neither there nor to be had.
func requireModules(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("build/modules"); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	if os.Getenv("GOPROXY") == "off" {
		t.Skip("modules cannot be downloaded with GOPROXY=off")
	}
}
