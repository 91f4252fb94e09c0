package language

import (
	"context"
	"os"
	"strings"
	"testing"
)

func TestTry(t *testing.T) {
	file := os.Getenv("PLGO_TRY")
	if file == "" {
		t.Skip()
	}
	ctx := context.Background()
	s, err := Start(ctx, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	src, _ := os.ReadFile(file)
	for _, sql := range strings.Split(string(src), "\n\n") {
		out, err := s.Query(ctx, sql)
		t.Logf("%s\n--> %s %v", sql, out, err)
	}
	t.Log(s.Log())
}
