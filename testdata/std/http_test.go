package stdprobe

import (
	"crypto/tls"
	"log/syslog"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/fcgi"
	"net/http/httptest"
	"net/http/pprof"
	"net/rpc"
	"net/rpc/jsonrpc"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
)

const page = "http://" + host + "/"

func init() {
	request := httptest.NewRequest("GET", page, nil)
	add("net/http", map[string]func() any{
		"Get":                 func() any { return last(http.Get(page)) },
		"Head":                func() any { return last(http.Head(page)) },
		"Post":                func() any { return last(http.Post(page, "text/plain", strings.NewReader("x"))) },
		"PostForm":            func() any { return last(http.PostForm(page, url.Values{})) },
		"Client.Get":          func() any { return last(new(http.Client).Get("https://192.0.2.1/")) },
		"Client.Head":         func() any { return last(new(http.Client).Head(page)) },
		"Client.Post":         func() any { return last(new(http.Client).Post(page, "text/plain", nil)) },
		"Client.PostForm":     func() any { return last(new(http.Client).PostForm(page, nil)) },
		"Client.Do":           func() any { r, _ := http.NewRequest("PUT", page, nil); return last(http.DefaultClient.Do(r)) },
		"Transport.RoundTrip": func() any { r, _ := http.NewRequest("GET", page, nil); return last(new(http.Transport).RoundTrip(r)) },

		"ListenAndServe":           func() any { return http.ListenAndServe("127.0.0.1:0", nil) },
		"ListenAndServeTLS":        func() any { return http.ListenAndServeTLS("127.0.0.1:0", name, name, nil) },
		"Server.ListenAndServe":    func() any { return new(http.Server).ListenAndServe() },
		"Server.ListenAndServeTLS": func() any { return new(http.Server).ListenAndServeTLS(name, name) },
		"Server.ServeTLS":          func() any { return new(http.Server).ServeTLS(noListener{}, name, name) },

		"Dir.Open": func() any { return last(http.Dir("/etc").Open("passwd")) },
		"ServeFile": func() any {
			return answer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) }), request)
		},
	})
	add("net/http/cgi", map[string]func() any{
		"Handler.ServeHTTP": func() any { return answer(&cgi.Handler{Path: "/bin/true"}, request) },
		"Request":           func() any { return last(cgi.Request()) },
		"Serve":             func() any { return cgi.Serve(nil) },
	})
	add("net/http/fcgi", map[string]func() any{
		"Serve": func() any { return fcgi.Serve(nil, nil) },
	})
	add("net/http/httptest", map[string]func() any{
		"NewServer":          func() any { return httptest.NewServer(nil) },
		"NewTLSServer":       func() any { return httptest.NewTLSServer(nil) },
		"NewUnstartedServer": func() any { return httptest.NewUnstartedServer(nil) },
	})
	add("net/http/pprof", map[string]func() any{
		"Profile": func() any { return answer(http.HandlerFunc(pprof.Profile), request) },
	})
	add("net/rpc", map[string]func() any{
		"Dial":         func() any { return last(rpc.Dial("tcp", target)) },
		"DialHTTP":     func() any { return last(rpc.DialHTTP("tcp", target)) },
		"DialHTTPPath": func() any { return last(rpc.DialHTTPPath("tcp", target, "/")) },
	})
	add("net/rpc/jsonrpc", map[string]func() any{
		"Dial": func() any { return last(jsonrpc.Dial("tcp", target)) },
	})
	add("net/smtp", map[string]func() any{
		"Dial":     func() any { return last(smtp.Dial(target)) },
		"SendMail": func() any { return smtp.SendMail(target, nil, "a@"+host, []string{"b@" + host}, nil) },
	})
	add("net/textproto", map[string]func() any{
		"Dial": func() any { return last(textproto.Dial("tcp", target)) },
	})
	add("crypto/tls", map[string]func() any{
		"Dial":               func() any { return last(tls.Dial("tcp", target, nil)) },
		"DialWithDialer":     func() any { return last(tls.DialWithDialer(new(net.Dialer), "tcp", host+":443", nil)) },
		"Dialer.Dial":        func() any { return last(new(tls.Dialer).Dial("tcp", target)) },
		"Dialer.DialContext": func() any { return last(new(tls.Dialer).DialContext(request.Context(), "tcp", target)) },
		"Listen": func() any {
			return last(tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: make([]tls.Certificate, 1)}))
		},
		"LoadX509KeyPair": func() any { return last(tls.LoadX509KeyPair(name, name)) },
	})
	add("log/syslog", map[string]func() any{
		"Dial":      func() any { return last(syslog.Dial("udp", target, syslog.LOG_INFO, "tag")) },
		"New":       func() any { return last(syslog.New(syslog.LOG_INFO, "tag")) },
		"NewLogger": func() any { return last(syslog.NewLogger(syslog.LOG_INFO, 0)) },
	})
}

// answer is the status that a handler answers with.
func answer(h http.Handler, r *http.Request) int {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// noListener is a listener that nobody asks for connections.
type noListener struct{ net.Listener }

func (noListener) Close() error { return nil }
