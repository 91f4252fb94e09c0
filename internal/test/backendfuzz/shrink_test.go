package backendfuzz

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// shrink takes steps out of a sequence for as long as what is left fails in the same
// way: first large parts, then single ones.
func (s *server) shrink(ctx context.Context, steps []step, found *finding, until time.Time) ([]step, *finding) {
	steps = steps[:found.step+1]
	for size := len(steps) / 2; size > 0; {
		shorter := false
		for at := 0; at < len(steps) && time.Now().Before(until); {
			tried := slices.Delete(slices.Clone(steps), at, min(at+size, len(steps)))
			if _, again, err := s.play(ctx, tried); err == nil && again != nil && again.kind == found.kind {
				steps, found, shorter = tried[:again.step+1], again, true
			} else {
				at += size
			}
		}
		if size > 1 || !shorter {
			size /= 2
		}
		if time.Now().After(until) {
			break
		}
	}
	return steps, found
}

// format writes steps such that parse can read them, and a person, too.
func format(steps []step) string {
	var b strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&b, "-- session %d", s.session)
		if s.cancel > 0 {
			fmt.Fprintf(&b, " cancel=%s", s.cancel)
		}
		if s.kill {
			b.WriteString(" kill=1")
		}
		if s.probe != "" {
			fmt.Fprintf(&b, " wait=%s probe=%s", s.wait, strconv.Quote(s.probe))
		}
		fmt.Fprintf(&b, "\n%s;\n", s.sql)
	}
	return b.String()
}

func parse(text string) (steps []step, err error) {
	var sql []string
	end := func() {
		if len(steps) > 0 {
			steps[len(steps)-1].sql = strings.TrimSuffix(strings.Join(sql, "\n"), ";")
		}
		sql = nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		rest, ok := strings.CutPrefix(line, "-- session ")
		if !ok {
			sql = append(sql, line)
			continue
		}
		end()
		number, rest, _ := strings.Cut(rest, " ")
		s := step{op: "replayed"}
		if s.session, err = strconv.Atoi(number); err != nil || s.session >= len(sessions) {
			return nil, fmt.Errorf("%q: no such session", line)
		}
		if value, ok := strings.CutPrefix(rest, "cancel="); ok {
			if s.cancel, err = time.ParseDuration(value); err != nil {
				return nil, err
			}
		}
		s.kill = rest == "kill=1"
		if value, ok := strings.CutPrefix(rest, "wait="); ok {
			wait, probe, _ := strings.Cut(value, " probe=")
			if s.wait, err = time.ParseDuration(wait); err != nil {
				return nil, err
			}
			if s.probe, err = strconv.Unquote(probe); err != nil {
				return nil, err
			}
		}
		steps = append(steps, s)
	}
	end()
	return steps, nil
}
