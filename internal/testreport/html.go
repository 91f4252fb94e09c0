package testreport

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/pgstd/pgstd/internal/coverage"
	"github.com/pgstd/pgstd/internal/page"
)

//go:embed page.html
var pageText string

var html = template.Must(template.New("tests").Funcs(page.Functions).Funcs(template.FuncMap{
	"seconds": func(s float64) string { return fmt.Sprintf("%.2f s", s) },
	"percent": func(of any) string {
		files, all := of.([]*coverage.File)
		if !all {
			files = []*coverage.File{of.(*coverage.File)}
		}
		return fmt.Sprintf("%.1f%%", coverage.Percent(files...))
	},
}).Parse(pageText))

// Benchmark is a benchmark's line, apart.
type Benchmark struct {
	Name   string
	On     string // where it ran
	Times  string
	Values []string // with their units
}

// ParseBenchmark reads a line of a benchmark, as "go test -bench" prints it.
func ParseBenchmark(line, on string) (Benchmark, bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 || len(fields)%2 != 0 || !strings.HasPrefix(fields[0], "Benchmark") {
		return Benchmark{}, false
	}
	b := Benchmark{Name: fields[0], On: on, Times: fields[1]}
	for i := 2; i < len(fields); i += 2 {
		b.Values = append(b.Values, fields[i]+" "+fields[i+1])
	}
	return b, true
}

// Page is what a page shows beside the suites of a report.
type Page struct {
	Name       string // of the package
	Benchmarks []Benchmark
	Files      []*coverage.File
}

// HTML writes the suites that have ended, and more, as one page that needs nothing else: no script,
// no font, no picture from elsewhere.
func (r *Report) HTML(w io.Writer, p Page) error {
	type test struct {
		Name, Outcome, Said string
		Elapsed             float64
	}
	type suite struct {
		Name, Said string
		Tests      []test
	}
	data := struct {
		Page
		Failed  bool
		Verdict string
		Suites  []suite
	}{Page: p}
	count := map[string]int{}
	for _, s := range r.suites {
		one := suite{Name: s.name}
		broken := s.failed
		for _, t := range s.done {
			count[t.action]++
			broken = broken && t.action != "fail"
			one.Tests = append(one.Tests, test{t.test, t.action, s.noted(t.test), t.elapsed})
		}
		if broken { // by no test of its own
			one.Said = s.said("")
		}
		data.Failed = data.Failed || s.failed
		data.Suites = append(data.Suites, one)
	}
	data.Verdict = fmt.Sprintf("%d passed, %d failed, %d skipped", count["pass"], count["fail"], count["skip"])
	if len(r.suites) == 0 {
		data.Verdict = fmt.Sprintf("Benchmarks: %d", len(p.Benchmarks))
	}
	return html.Execute(w, data)
}

// noted is what a test has said, without the lines that tell that it ran and how it ended.
func (s *Suite) noted(test string) string {
	var b strings.Builder
	for line := range strings.Lines(s.said(test)) {
		if !update.MatchString(line) && !ending.MatchString(line) {
			b.WriteString(line)
		}
	}
	return b.String()
}
