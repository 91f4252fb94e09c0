package pgstd_test

import (
	"go/build"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// link is a relative one of Markdown: its path, without a place in the page.
var link = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)

// quotedPath is a path of the repository between backquotes.
var quotedPath = regexp.MustCompile("`((?:cmd|docs|examples|host|internal|overlay|pg|pgstd|plgo|scripts|stubs|target|testdata|trust)/[\\w./-]+)`")

// code is what stands between backquotes, in a line or as a block.
var code = regexp.MustCompile("(?ms)^ *```.*?^ *```|`[^`\n]*`")

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// documents are the pages for people.
func documents(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(pages, more...)
}

// TestDocumentsNameWhatIsThere follows every path that a page names.
func TestDocumentsNameWhatIsThere(t *testing.T) {
	for _, page := range documents(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(string(text), ""), -1) {
			if !exists(filepath.Join(filepath.Dir(page), m[1])) {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
		for _, m := range quotedPath.FindAllStringSubmatch(string(text), -1) {
			// Go's library has a folder internal, too.
			goPackage, _, _ := strings.Cut(filepath.Join(build.Default.GOROOT, "src", m[1]), ".")
			if !exists(m[1]) && !exists(goPackage) {
				t.Errorf("%s names %s, which is not there", page, m[1])
			}
		}
	}
}

// TestReadmeNamesAllFoldersAndPages holds the README's tables against the repository.
func TestReadmeNamesAllFoldersAndPages(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var linked []string
	for _, m := range link.FindAllStringSubmatch(string(readme), -1) {
		linked = append(linked, m[1])
	}
	for _, page := range documents(t) {
		if page != "README.md" && !slices.Contains(linked, page) {
			t.Errorf("README.md does not name %s", page)
		}
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() || strings.HasPrefix(name, ".") || name == "bin" || name == "build" {
			continue
		}
		if !slices.ContainsFunc(linked, func(l string) bool { return l == name || strings.HasPrefix(l, name+"/") }) {
			t.Errorf("README.md has no line for the folder %s", name)
		}
	}
}
