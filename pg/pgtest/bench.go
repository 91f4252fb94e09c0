package pgtest

import (
	"fmt"
	"math"
	"runtime"
	"sort"
	"strings"
	"time"
)

// B is what a benchmark is given. As with that of package testing, what is to be measured stands
// in a loop "for b.Loop()", or is done b.N times.
type B struct {
	common
	N int

	benchTime time.Duration
	running   bool
	start     time.Time
	startMem  runtime.MemStats
	elapsed   time.Duration
	mallocs   uint64
	bytes     uint64
	loop      int // of Loop: how often it has run
	limit     int // and how often it will before the clock is looked at
	metrics   map[string]float64
}

// StartTimer begins to measure, or goes on.
func (b *B) StartTimer() {
	if !b.running {
		runtime.ReadMemStats(&b.startMem)
		b.running, b.start = true, time.Now()
	}
}

// StopTimer makes a pause in measuring.
func (b *B) StopTimer() {
	if b.running {
		b.elapsed += time.Since(b.start)
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		b.mallocs += now.Mallocs - b.startMem.Mallocs
		b.bytes += now.TotalAlloc - b.startMem.TotalAlloc
		b.running = false
	}
}

// ResetTimer forgets what has been measured.
func (b *B) ResetTimer() {
	running := b.running
	b.StopTimer()
	b.elapsed, b.mallocs, b.bytes, b.metrics = 0, 0, 0, nil
	if running {
		b.StartTimer()
	}
}

// Elapsed is the time that has been measured.
func (b *B) Elapsed() time.Duration {
	if b.running {
		return b.elapsed + time.Since(b.start)
	}
	return b.elapsed
}

// ReportMetric adds a number to the benchmark's line, in a unit such as "rows/s".
func (b *B) ReportMetric(n float64, unit string) {
	if b.metrics == nil {
		b.metrics = map[string]float64{}
	}
	b.metrics[unit] = n
}

// Loop reports whether what is measured should be done once more. The first call begins to
// measure, the last one ends it. Unlike that of package testing, it does not keep the compiler from
// leaving out what nobody uses: assign results to a package variable.
func (b *B) Loop() bool {
	if b.loop < b.limit {
		b.loop++
		return true
	}
	if b.loop == 0 {
		b.running = true
		b.ResetTimer()
	} else if b.Elapsed() >= b.benchTime {
		b.StopTimer()
		b.N = b.loop
		return false
	}
	b.limit = b.predict(b.loop)
	b.loop++
	return true
}

// predict says how often something has to be done to fill the time, after it has been done n
// times: a fifth more, and at most a hundred times as much.
func (b *B) predict(n int) int {
	if n == 0 {
		return 1
	}
	next := 100 * float64(n)
	if spent := b.Elapsed(); spent > 0 {
		next = math.Min(next, float64(b.benchTime)/float64(spent)*float64(n)*1.2)
	}
	return int(math.Max(math.Min(next, 1e9), float64(n+1)))
}

// RunBenchmark runs a benchmark that has been registered for about that long, and returns its
// report; the first line is as "go test" prints it.
func RunBenchmark(name string, nanoseconds int64) (string, error) {
	f := benchmarks[name]
	if f == nil {
		return "", fmt.Errorf("there is no benchmark %s", name)
	}
	out := &strings.Builder{}
	for n := 1; ; {
		b := &B{common: common{name: name, out: out}, N: n, benchTime: time.Duration(nanoseconds)}
		runtime.GC()
		b.inside(func() {
			b.StartTimer()
			f(b)
			b.StopTimer()
		})
		switch {
		case b.failed || b.skipped:
			return fmt.Sprintf("--- %s: %s\n%s", b.outcome(), name, out), nil
		case b.loop > 0 || b.elapsed >= b.benchTime || n >= 1e9:
			return b.line() + out.String(), nil
		}
		n = b.predict(n)
		out.Reset() // the last round's notes are enough
	}
}

// line is the result, in the form that benchstat reads.
func (b *B) line() string {
	n := math.Max(float64(b.N), 1)
	var line strings.Builder
	fmt.Fprintf(&line, "%-24s\t%8d\t%12.1f ns/op\t%8.0f B/op\t%8.0f allocs/op",
		"Benchmark"+strings.TrimPrefix(b.name, "PgBenchmark"), b.N, float64(b.elapsed.Nanoseconds())/n, float64(b.bytes)/n, float64(b.mallocs)/n)
	var units []string
	for unit := range b.metrics {
		units = append(units, unit)
	}
	sort.Strings(units)
	for _, unit := range units {
		fmt.Fprintf(&line, "\t%12.4g %s", b.metrics[unit], unit)
	}
	return line.String() + "\n"
}
