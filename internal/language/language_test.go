package language

import (
	"context"
	"testing"
)

func TestTry(t *testing.T) {
	ctx := context.Background()
	s, err := Start(ctx, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	for _, sql := range []string{
		"create function f(a int, b int) returns int language plgo strict as $$ return a + b $$",
		"select f(1, 2)",
		"select f(1, 2), f(null, 2)",
		"create function g(a int) returns int language plgo strict as $$ var x int = 5\nreturn foo + 1 $$",
		"do language plgo $$ pg.Notice(\"hi\") $$",
		"create function up(t text) returns text language plgo as $$ if t == nil { return nil }; return strings.ToUpper(*t) $$; select up('abc'), up(null) is null",
		"select * from plgo.functions",
		"drop function f(int,int); select * from plgo.functions",
	} {
		out, err := s.Query(ctx, sql)
		t.Log(sql, "\n", out, err)
	}
	t.Log(s.Log())
}
