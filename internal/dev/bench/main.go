// Command bench measures extensions built by pgbuild against the same code in C,
// in stock Go (-buildmode=c-shared, cgo) and in PL/pgSQL, in a scratch PostgreSQL.
//
// It prints a table and writes build/bench.json. Each figure is the median of
// paired runs: ours and the peer's in turn, so that both meet the same machine.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"text/tabwriter"

	"github.com/pgstd/pgstd/internal/atomicfile"
)

// result is a line of bench.json.
type result struct {
	Name     string  `json:"name"`
	Ours     float64 `json:"ours"`
	Peer     float64 `json:"peer"`
	PeerName string  `json:"peer_name"`
	Ratio    float64 `json:"ratio"` // ours/peer
	Unit     string  `json:"unit"`
}

// benchmark measures ours and the peer's once each, in the order given by swap.
type benchmark struct {
	name, peer, unit string
	runs             int // in multiples of the number asked for
	measure          func(ctx context.Context, l *lab, swap bool) (ours, peer float64, err error)
}

func main() {
	runs := flag.Int("runs", 5, "paired runs of each benchmark")
	only := flag.String("only", "", "run only the benchmarks whose names match this regular expression")
	scaling := flag.Bool("scale", false, "measure how costs grow with the work instead, and write scale.html and scale.json beside the results")
	short := flag.Bool("short", false, "with -scale, only small amounts of work")
	out := flag.String("o", filepath.Join("build", "bench.json"), "where to write the results")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	measure := func() error { return run(ctx, *runs, *only, *out) }
	if *scaling {
		measure = func() error { return scale(ctx, *runs, *only, filepath.Dir(*out), *short) }
	}
	if err := measure(); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, runs int, only, out string) (err error) {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	l, err := openLab(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	var results []result
	for _, b := range slices.Concat(benchmarks, cellBenchmarks) {
		if !pattern.MatchString(b.name) {
			continue
		}
		fmt.Fprintln(os.Stderr, "bench:", b.name)
		r, err := b.run(ctx, l, runs)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		results = append(results, r)
	}
	if err := print(os.Stdout, results); err != nil {
		return err
	}
	data, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(out, append(data, '\n'), 0o644)
}

func (b benchmark) run(ctx context.Context, l *lab, runs int) (result, error) {
	var ours, peers []float64
	for i := range runs * b.runs {
		our, peer, err := b.measure(ctx, l, i%2 == 1)
		if err != nil {
			return result{}, err
		}
		ours, peers = append(ours, our), append(peers, peer)
	}
	r := result{Name: b.name, Ours: median(ours), Peer: median(peers), PeerName: b.peer, Unit: b.unit}
	r.Ratio = r.Ours / r.Peer
	return r, nil
}

func median(values []float64) float64 {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

func print(w io.Writer, results []result) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "name\tours\tpeer\tunit\tratio\tpeer is\t")
	for _, r := range results {
		fmt.Fprintf(table, "%s\t%.5g\t%.5g\t%s\t%.3f\t%s\t\n", r.Name, r.Ours, r.Peer, r.Unit, r.Ratio, r.PeerName)
	}
	return table.Flush()
}
