package clusters

import "testing"

// TestPlain: what a newer major says otherwise is taken back to the older wording on that
// major, with what matters of it kept, and nothing is on an older one.
func TestPlain(t *testing.T) {
	const examine = "ERROR:  permission denied to examine \"plgo.compiler\"\nDETAIL:  Only roles with privileges of the \"pg_read_all_settings\" role may examine this parameter.\n"
	for _, test := range []struct {
		major         int
		printed, want string
	}{
		{18, examine, "ERROR:  must be superuser or have privileges of pg_read_all_settings to examine \"plgo.compiler\"\n"},
		{15, examine, examine},
		{18, "                            List of installed extensions\n" +
			" Name | Version | Default version |   Schema   |             Description             \n" +
			"------+---------+-----------------+------------+-------------------------------------\n" +
			" plgo | 1.0     | 1.0             | pg_catalog | Go as a trusted procedural language\n(1 row)\n",
			"                   List of installed extensions\n" +
				" Name | Version |   Schema   |             Description             \n" +
				"------+---------+------------+-------------------------------------\n" +
				" plgo | 1.0     | pg_catalog | Go as a trusted procedural language\n(1 row)\n"},
		{17, "ERROR:  255 kB is outside the valid range for parameter \"pgstd.max_stack\" (256 kB .. 1048576 kB)\n",
			"ERROR:  255 kB is outside the valid range for parameter \"pgstd.max_stack\" (256 .. 1048576)\n"},
		{18, "ERROR:  no\nHINT:  Try.\nCONTEXT:  SQL statement \"CREATE FUNCTION f(n bigint) RETURNS bigint\n\tAS '$libdir/f', 'f'\n\tLANGUAGE C STRICT\"\nextension script file \"f--1.0.sql\", near line 5\nERROR:  again\n",
			"ERROR:  no\nHINT:  Try.\nERROR:  again\n"},
		{18, "f.go:8:6: function f(none): type none does not exist\nLINE 1: CREATE FUNCTION f(s none) RETURNS text\n                          ^\n",
			"f.go:8:6: function f(none): type none does not exist\n"},
		{19, "ERROR:  function f() does not exist\nDETAIL:  There is no function of that name.\n",
			"ERROR:  function f() does not exist\nHINT:  No function matches the given name and argument types. You might need to add explicit type casts.\n"},
		{19, "DETAIL:  No operator of that name accepts the given argument types.\nHINT:  You might need to add explicit type casts.\n",
			"HINT:  No operator matches the given name and argument types. You might need to add explicit type casts.\n"},
		{18, "DETAIL:  There is no function of that name.\n", "DETAIL:  There is no function of that name.\n"},
		{19, "ERROR:  VACUUM cannot be executed from a function or procedure\n", "ERROR:  VACUUM cannot be executed from a function\n"},
		{19, "ERROR:  functions in index expression must be marked IMMUTABLE\nLINE 1: CREATE INDEX ON t (f(s));\n                           ^\n",
			"ERROR:  functions in index expression must be marked IMMUTABLE\n"},
		{15, "DETAIL:  goroutine 1 [running]:\nstrings.Repeat(...)\n\tstrings/strings.go:628\nplgo.Rep(...)\n\trep:2\nmain.wrapRep(...)\n\tmain.go:29\n",
			"DETAIL:  goroutine 1 [running]:\nstrings.Repeat(...)\n\tstrings/strings.go:N\nplgo.Rep(...)\n\trep:2\nmain.wrapRep(...)\n\tmain.go:29\n"},
		{15, "ERROR:  json: error calling MarshalJSON for type *time.Time: Time.MarshalJSON: year outside of range [0,9999]\n",
			"ERROR:  json: error calling MarshalJSON for type *time.Time: year outside of range [0,9999]\n"},
		{19, "NOTICE:  nothing of the kind\n", "NOTICE:  nothing of the kind\n"},
	} {
		if got := string(Plain([]byte(test.printed), test.major)); got != test.want {
			t.Errorf("%d: got\n%swant\n%s", test.major, got, test.want)
		}
	}
}
