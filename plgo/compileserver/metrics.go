package compileserver

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/pgstd/pgstd/plgo/compileapi"
)

// counts are what the metrics tell.
type counts struct {
	requests, busy, functions, failed, cached, nanoseconds atomic.Int64
}

func (c *counts) add(r *compileapi.Response, status int, took time.Duration) {
	c.requests.Add(1)
	c.nanoseconds.Add(int64(took))
	if status == http.StatusServiceUnavailable {
		c.busy.Add(1)
	}
	for _, f := range r.Results {
		c.functions.Add(1)
		if f.Error != nil {
			c.failed.Add(1)
		}
		if len(f.Objects) > 0 && f.Objects[0].Cached {
			c.cached.Add(1)
		}
	}
}

// metrics answers in the text format of Prometheus.
func (s *Server) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	put := func(name, kind, help string, value any) {
		fmt.Fprintf(w, "# HELP pgbuild_%s %s\n# TYPE pgbuild_%s %s\npgbuild_%s %v\n", name, help, name, kind, name, value)
	}
	put("requests_total", "counter", "Requests answered.", s.counts.requests.Load())
	put("requests_refused_total", "counter", "Requests refused because too many were waiting.", s.counts.busy.Load())
	put("functions_total", "counter", "Functions that requests were about.", s.counts.functions.Load())
	put("functions_failed_total", "counter", "Functions that could not be compiled.", s.counts.failed.Load())
	put("functions_cached_total", "counter", "Functions that had been compiled before.", s.counts.cached.Load())
	put("seconds_total", "counter", "Time from requests to answers.", time.Duration(s.counts.nanoseconds.Load()).Seconds())
	put("requests_now", "gauge", "Requests that wait or compile.", s.gate.load())
}
