package plgotest

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestBadCompiler: whatever a compiler does, there is one error, no function, and no
// process left.
func TestBadCompiler(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "bad_compiler")
	c := connect(t, s, "bad_compiler")
	dir, err := os.MkdirTemp("", "pgstd-compiler-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c.exec("create role told_little; grant create on schema public to told_little")
	for name, x := range map[string]struct {
		script  string // of a compiler; empty: there is none
		setting string
		code    string
		message string
		detail  string // if that is known
	}{
		"missing":               {code: "58000", message: "the compiler of plgo could not be found"},
		"fails":                 {script: `cat >/dev/null; printf '/secret/path \303\244 \360\n' >&2; exit 1`, code: "58000", message: "the compiler of plgo failed"},
		"killed":                {script: "kill -9 $$", code: "58000", message: "the compiler of plgo failed"},
		"silent":                {script: "cat >/dev/null", code: "58000", message: "the compiler of plgo failed"},
		"deaf":                  {script: "exit 0", code: "58000", message: "the compiler of plgo failed"},
		"garbage":               {script: "cat >/dev/null; echo 'not JSON: \"'", code: "08P01", message: "the answer of the compiler of plgo cannot be understood"},
		"binary":                {script: "cat >/dev/null; head -c 5000 /dev/urandom", code: "08P01", message: "the answer of the compiler of plgo cannot be understood"},
		"no object":             {script: "cat >/dev/null; echo '[]'", code: "08P01", message: "the answer of the compiler of plgo cannot be understood"},
		"empty":                 {script: "cat >/dev/null; echo '{}'", code: "08P01", message: "the answer of the compiler of plgo cannot be understood"},
		"no results":            {script: `cat >/dev/null; echo '{"version":1,"results":[]}'`, code: "08P01", message: "the answer of the compiler of plgo cannot be understood"},
		"wrong digest":          {script: answers(`"digest":"`+strings.Repeat("0", 64)+`","size":4`, `\0AAAA`), code: "08P01", message: "the answer of the compiler of plgo cannot be understood", detail: "An object's digest is not that of its data."},
		"damaged data":          {script: answers(`"digest":"`+strings.Repeat("0", 64)+`","size":18`, `\0\037\213\010\0AAAAAAAAAAAAA\0\0`), code: "08P01", message: "the answer of the compiler of plgo cannot be understood", detail: "An object's data are damaged."},
		"no digest":             {script: answers(`"size":4`, `\0AAAA`), code: "08P01", message: "the answer of the compiler of plgo cannot be understood", detail: "An object has no digest."},
		"no size":               {script: answers(`"data":"AAAA"`, ``), code: "08P01", message: "the answer of the compiler of plgo cannot be understood", detail: "An object has no data."},
		"negative size":         {script: answers(`"size":-4`, `\0AAAA`), code: "08P01", message: "the answer of the compiler of plgo cannot be understood", detail: "An object has no data."},
		"no data":               {script: answers(`"size":4`, ``), code: "08P01", message: "the answer of the compiler of plgo cannot be understood", detail: "An object's data are cut off."},
		"data cut off":          {script: answers(`"size":4`, `\0AAA`), code: "08P01", message: "the answer of the compiler of plgo cannot be understood", detail: "An object's data are cut off."},
		"more than there is":    {script: answers(`"size":1e300`, `\0AAAA`), code: "08P01", message: "the answer of the compiler of plgo cannot be understood", detail: "An object's data are cut off."},
		"an array as an error":  {script: `cat >/dev/null; printf '%s' '{"version":1,"error":["\u007f\u007f\u007f\u000f","\u0001\u0001\u0001\u0001\u0001\u0001\u0001","\u0001kindmessageffffffffffffffffffffffffffffffff"]}'`, code: "58000", message: "the compiler of plgo failed"},
		"an array as a result":  {script: `cat >/dev/null; echo '{"version":1,"results":[["\u007f\u007f\u007f\u000f","objects"]]}'`, code: "08P01", message: "the answer of the compiler of plgo cannot be understood", detail: "A result is no JSON object."},
		"an array as an object": {script: `cat >/dev/null; echo '{"version":1,"results":[{"objects":[["\u007f\u007f\u007f\u000f","digest","size"]]}]}'`, code: "08P01", message: "the answer of the compiler of plgo cannot be understood", detail: "An object is no JSON object."},
		"an object as a list":   {script: `cat >/dev/null; echo '{"version":1,"results":[{"objects":{"a":{}}}]}'`, code: "08P01", message: "the answer of the compiler of plgo cannot be understood", detail: "An object is no JSON object."},
		"an object as results":  {script: `cat >/dev/null; echo '{"version":1,"results":{"a":{}}}'`, code: "08P01", message: "the answer of the compiler of plgo cannot be understood", detail: "A result is no JSON object."},
		"arrays as mistakes":    {script: `cat >/dev/null; echo '{"version":1,"results":[{"error":{"kind":"source","message":"wrong","diagnostics":[["\u007f\u007f\u007f\u000f","message","offset"]]}}]}'`, code: "42601", message: "wrong"},
		"mistakes by name":      {script: `cat >/dev/null; echo '{"version":1,"results":[{"error":{"kind":"source","message":"wrong","diagnostics":{"message":"x"}}}]}'`, code: "42601", message: "wrong"},
		"many mistakes": {script: `cat >/dev/null; echo '{"version":1,"results":[{"error":{"kind":"source","message":"wrong","diagnostics":[{}` + strings.Repeat(`,{"line":1,"column":2,"message":"m"}`, 52) + `]}}]}'`, code: "42601", message: "wrong",
			detail: strings.Repeat("line 1, column 2: m\n", 49) + "and 3 more"},
		"no UTF-8":            {script: `cat >/dev/null; printf '{"version":1,"error":{"kind":"request","message":"\360"}}'`, code: "08P01", message: "the answer of the compiler of plgo cannot be understood", detail: "It is not in UTF-8."},
		"no UTF-8 in a value": {script: `cat >/dev/null; printf '{"version":1,"results":[{"kit":"\376","objects":[{"modules":"\377\303"}]}]}'`, code: "08P01", message: "the answer of the compiler of plgo cannot be understood", detail: "It is not in UTF-8."},
		"half an answer":      {script: `cat >/dev/null; printf '{"version":1,"results":[{"obj'`, code: "08P01", message: "the answer of the compiler of plgo cannot be understood"},
		"warns":               {script: `cat >/dev/null; yes plgo | head -c 1000000 >&2; echo '{"version":1,"error":{"kind":"busy","message":"try again later"}}'`, code: "53000", message: "try again later"},
		"shouts":              {script: "cat >/dev/null; yes plgo >&2", setting: "plgo.compile_timeout = 1", code: "57014", message: "compiling the function took longer than 1 s"},
		"talks":               {script: "cat >/dev/null; yes plgo", code: "54000", message: "the compiler says more than 256 MB"},
		"busy":                {script: `cat >/dev/null; echo '{"version":1,"error":{"kind":"busy","message":"try again later"}}'`, code: "53000", message: "try again later"},
		"sleeps":              {script: "sleep 98761", setting: "statement_timeout = '300ms'", code: "57014", message: "canceling statement due to statement timeout"},
		"sleeps for long":     {script: "cat >/dev/null; sleep 98762", setting: "plgo.compile_timeout = 1", code: "57014", message: "compiling the function took longer than 1 s"},
		"has children":        {script: "(sleep 98763 & sleep 98763) & sleep 98763", setting: "statement_timeout = '300ms'", code: "57014", message: "canceling statement due to statement timeout"},
		"prepares, dies":      {script: "cat >/dev/null; echo 'pgbuild: preparing: x' >&2; echo /secret/disk full >&2; exit 1", code: "58000", message: "the compiler of plgo failed"},
		"prepares, late":      {script: `cat >/dev/null; for i in 1 2 3 4 5; do echo 'pgbuild: preparing: x' >&2; sleep 1; done; echo '{"version":1,"error":{"kind":"busy","message":"it has waited"}}'`, setting: "plgo.compile_timeout = 1", code: "53000", message: "it has waited"},
		"prepares, hangs":     {script: "cat >/dev/null; echo 'pgbuild: preparing: x' >&2; sleep 98765", setting: "plgo.compile_timeout = 1", code: "57014", message: "took longer than 1 s"},
		"prepares for ever":   {script: "cat >/dev/null; yes 'pgbuild: preparing: x' >&2", setting: "statement_timeout = '300ms'", code: "57014", message: "canceling statement due to statement timeout"},
		"closes its ends":     {script: "exec >&- 2>&-; sleep 98764", setting: "statement_timeout = '300ms'", code: "57014", message: "canceling statement due to statement timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			c.t = t
			compiler := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
			if x.script != "" {
				if err := os.WriteFile(compiler, []byte("#!/bin/sh\n"+x.script+"\n"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			c.exec(fmt.Sprintf("reset all; set plgo.compiler = '%s'", compiler))
			if x.setting != "" {
				c.exec("set " + x.setting)
			}
			// What it has said is for superusers: others learn no path of the server.
			c.exec("set role told_little")
			e := c.fails("create function f() returns int language plgo as $$ return 1 $$", x.code)
			if !strings.Contains(e.Message, x.message) {
				t.Errorf("message %q, want %q", e.Message, x.message)
			}
			if x.detail != "" && e.Detail != x.detail {
				t.Errorf("detail %q, want %q", e.Detail, x.detail)
			}
			if strings.Contains(e.Message+e.Detail+e.Hint, "/secret") || strings.Contains(e.Message+e.Detail, dir) {
				t.Errorf("the error names a path of the server: %+v", e)
			}
			c.exec("reset role")
			if name == "fails" {
				if e := c.fails("create function f() returns int language plgo as $$ return 1 $$", x.code); e.Detail != "It said: /secret/path ?? ?" {
					t.Errorf("a superuser is not told what it has said: %+v", e)
				}
			}
			c.exec("reset all")
			c.want("select count(*)::text from pg_proc where proname = 'f'", "0")
			if left := processes(t, compiler, "sleep 9876"); left != nil {
				t.Errorf("these run still: %q", left)
			}
		})
	}
	c.t = t
	c.want("select current_setting('plgo.compiler')", s.Compiler)
	c.exec("create function f() returns int language plgo as $$ return 1 $$")
	c.want("select f()::text", "1")
}

// answers is the script of a compiler that answers with one object, and what printf makes of data behind that.
func answers(object, data string) string {
	return fmt.Sprintf(`cat >/dev/null; printf '{"version":1,"results":[{"objects":[{"target":"linux-postgres-%s",%s}]}]}%s'`, runtime.GOARCH, object, data)
}

// TestPreparingNotice: what a command says of its preparations is shown now and then, if
// it is harmless.
func TestPreparingNotice(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "preparing")
	dir, err := os.MkdirTemp("", "pgstd-preparing-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		line  string // for printf
		shown bool
	}{
		"plain":        {line: `pgbuild: preparing: %%s 40 of 100\n`, shown: true},
		"escape":       {line: `pgbuild: preparing: \033[2J\n`},
		"not UTF-8":    {line: `pgbuild: preparing: \377\n`},
		"zero":         {line: `pgbuild: preparing: a\000b\n`},
		"long":         {line: "pgbuild: preparing: " + strings.Repeat("x", 201) + `\n`},
		"no line":      {line: `pgbuild: preparing: x`},
		"another line": {line: `pgbuild: preparing\n`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := connect(t, s, "preparing")
			compiler := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
			script := "#!/bin/sh\ncat >/dev/null; for i in 1 2 3 4 5 6 7; do printf '" + x.line + "' >&2; sleep 1; done; exit 1\n"
			if err := os.WriteFile(compiler, []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
			c.exec("set plgo.compiler = '" + compiler + "'")
			c.fails("create function f() returns int language plgo as $$ return 1 $$", "58000")
			shown := strings.Join(*c.notices, "\n")
			if want := "the compiler of plgo is being made ready: %s 40 of 100"; x.shown && shown != want || !x.shown && shown != "" {
				t.Errorf("notices %q", shown)
			}
		})
	}
}

// processes returns the command lines that hold one of some texts. A process that has
// just been killed may take a moment to go.
func processes(t *testing.T, texts ...string) []string {
	t.Helper()
	var found []string
	for range 100 {
		found = nil
		files, err := filepath.Glob("/proc/[0-9]*/cmdline")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				continue // it has ended
			}
			line := strings.ReplaceAll(string(data), "\x00", " ")
			for _, text := range texts {
				if strings.Contains(line, text) {
					found = append(found, line)
				}
			}
		}
		if found == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return found
}

// TestBadServer: the same of a compiler behind a socket.
func TestBadServer(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "bad_server")
	c := connect(t, s, "bad_server")
	dir, err := os.MkdirTemp("", "pgstd-server-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		answer  string
		hangs   bool
		setting string
		code    string
		message string
	}{
		"closes":       {code: "08P01", message: "is no compiler of plgo"},
		"no HTTP":      {answer: "SSH-2.0-OpenSSH_9.2\r\n", code: "08P01", message: "is no compiler of plgo"},
		"no head":      {answer: "HTTP/1.1 200 OK\r\n", code: "08P01", message: "is no compiler of plgo"},
		"no body":      {answer: "HTTP/1.1 200 OK\r\n\r\n", code: "08P01", message: "cannot be understood"},
		"another page": {answer: "HTTP/1.1 404 Not Found\r\n\r\nnot found", code: "08P01", message: "cannot be understood"},
		"hangs":        {hangs: true, setting: "statement_timeout = '300ms'", code: "57014", message: "canceling statement"},
		"hangs later":  {answer: "HTTP/1.1 200 OK\r\n\r\n{", hangs: true, setting: "plgo.compile_timeout = 1", code: "57014", message: "took longer than 1 s"},
	} {
		t.Run(name, func(t *testing.T) {
			c.t = t
			path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
			l, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if err := os.Chmod(path, 0o666); err != nil {
				t.Fatal(err)
			}
			gone := make(chan bool, 1)
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				buffer := make([]byte, 1<<16)
				conn.Read(buffer)
				conn.Write([]byte(x.answer))
				if x.hangs {
					_, err := conn.Read(buffer) // until the other side has gone
					gone <- err != nil
				}
			}()
			c.exec("reset all; set plgo.compiler = 'unix:" + path + "'")
			if x.setting != "" {
				c.exec("set " + x.setting)
			}
			e := c.fails("create function f() returns int language plgo as $$ return 1 $$", x.code)
			if !strings.Contains(e.Message, x.message) {
				t.Errorf("message %q, want %q", e.Message, x.message)
			}
			if x.hangs && !<-gone {
				t.Error("the connection has not been closed")
			}
		})
	}
	c.t = t
	c.exec("reset all; set plgo.compiler = 'unix:/nowhere/socket'")
	if e := c.fails("create function f() returns int language plgo as $$ return 1 $$", "08006"); !strings.Contains(e.Hint, "pgbuild serve") {
		t.Errorf("%+v", e)
	}
	for _, wrong := range []string{"unix:relative", "http://example.com:80/", "https://localhost:1"} {
		c.fails(fmt.Sprintf("set plgo.compiler = '%s'", wrong), "22023")
	}
	c.exec("set plgo.compiler = ''")
	if e := c.fails("create function f() returns int language plgo as $$ return 1 $$", "55000"); !strings.Contains(e.Hint, "plgo.compiler") {
		t.Errorf("%+v", e)
	}
}

// TestExtensionAwaitsNoBase: to create the extension takes the compiler, and no base, without which
// functions have objects; plgo.prepare() waits for that, too, wherever functions run.
func TestExtensionAwaitsNoBase(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	dir, err := os.MkdirTemp("", "pgstd-awaits-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	compiler, asked := filepath.Join(dir, "compiler"), filepath.Join(dir, "asked")
	if err := os.WriteFile(compiler, []byte("#!/bin/sh\ncat >"+asked+"; echo '{\"version\":1}'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	connect(t, s, "postgres").exec("create database awaits_no_base template template0")
	c := connect(t, s, "awaits_no_base")
	c.exec("set plgo.compiler = '" + compiler + "'; set plgo.shared_base = on; create extension plgo")
	if got := readFile(t, asked); !strings.Contains(got, `"prepare":true`) || strings.Contains(got, "+base") {
		t.Errorf("create extension asks for %s", got)
	}
	for _, isolation := range []string{"backend", "cell"} {
		c.exec("set pgstd.isolation = " + isolation + "; select plgo.prepare()")
		if got := readFile(t, asked); !strings.Contains(got, "+base") {
			t.Errorf("with pgstd.isolation = %s, plgo.prepare() asks for %s", isolation, got)
		}
	}
}
