package plgotest

import (
	"context"
	"os"
	"runtime"
	"testing"
)

// here is this machine's target.
const here = "linux-postgres-" + runtime.GOARCH

// sharesBase says that functions of the tests' server share a base, unless a test says otherwise: as they do where
// nobody turns that off.
var sharesBase = os.Getenv("PGSTD_SHARED_BASE") != "off"

// start is Start, of a server whose functions share a base if those of the tests do.
func start(ctx context.Context, o Options) (*Server, error) {
	if sharesBase && !o.NoCompiler && o.MakeData == nil {
		o.Base = BaseFirst
	}
	return Start(ctx, o)
}

// objectDatabase makes a database for a test about the rows and files of functions that have an object each.
func objectDatabase(t *testing.T, s *Server, name string) {
	t.Helper()
	database(t, s, name)
	if _, err := s.Query(t.Context(), "alter database "+name+" set plgo.shared_base = off"); err != nil {
		t.Fatal(err)
	}
}

// onBaseDifferences are what sessions print on a base and not with an object each. All of it is in
// the table of docs/plgo.md, or follows from that.
var onBaseDifferences = map[string][][2]string{
	// What a function is compiled for, and how large that is.
	"debugger": {{`       function        |           targets           | small 
-----------------------+-----------------------------+-------
 twice(integer)        | {linux-postgres-amd64+base} | t
 "../Ev*l/ é"(integer) | {linux-postgres-amd64+base} | t
`, `       function        |        targets         | small 
-----------------------+------------------------+-------
 twice(integer)        | {linux-postgres-amd64} | t
 "../Ev*l/ é"(integer) | {linux-postgres-amd64} | t
`}},
	"security": {{` function  |           targets           
-----------+-----------------------------
 planted() | {linux-postgres-amd64+base}
`, ` function  |        targets         
-----------+------------------------
 planted() | {linux-postgres-amd64}
`}},
	"views": {{`     function     |           targets           | bytes | go | kit | modules | ms | recent 
------------------+-----------------------------+-------+----+-----+---------+----+--------
 printed(integer) | {linux-postgres-amd64+base} | f     | t  | t   |         | t  | t
 small(integer)   | {linux-postgres-amd64+base} | f     | t  | t   |         | t  | t
`, `     function     |        targets         | bytes | go | kit | modules | ms | recent 
------------------+------------------------+-------+----+-----+---------+----+--------
 printed(integer) | {linux-postgres-amd64} | t     | t  | t   |         | t  | t
 small(integer)   | {linux-postgres-amd64} | t     | t  | t   |         | t  | t
`}, {`      function       |                     targets                      
---------------------+--------------------------------------------------
 everywhere(integer) | {linux-postgres-amd64+base,linux-postgres-arm64}
`, `      function       |                   targets                   
---------------------+---------------------------------------------
 everywhere(integer) | {linux-postgres-amd64,linux-postgres-arm64}
`}, {`          target           | count 
---------------------------+-------
 linux-postgres-amd64+base |     1
 linux-postgres-arm64      |     1
`, `        target        | count 
----------------------+-------
 linux-postgres-amd64 |     1
 linux-postgres-arm64 |     1
`}},
	// What ends a world ends it for all functions that have called it.
	"global": {{"SELECT counter();\n counter \n---------\n       1\n(1 row)\n\n\\set VERBOSITY default",
		"SELECT counter();\n counter \n---------\n       4\n(1 row)\n\n\\set VERBOSITY default"}},
	// What a function has left behind goes on when another one is called.
	"setof": {{"SELECT up_to(1);\nNOTICE:  the end of the endless\n", "SELECT up_to(1);\n"},
		{"SELECT EXISTS (SELECT endless());\nNOTICE:  the end of the endless\n", "SELECT EXISTS (SELECT endless());\nNOTICE:  the end of the endless\nNOTICE:  the end of the endless\n"}},
}
