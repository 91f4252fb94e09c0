package plgotest

import "testing"

// TestBaseImports: what package pg makes of moments and JSON depends on what the text imports, whatever
// other functions of its world do.
func TestBaseImports(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	baseDatabase(t, s, "base_imports")
	for _, base := range []string{"on", "off"} {
		c := connect(t, s, "base_imports")
		c.exec("set plgo.shared_base = " + base)
		const moment = "SELECT date '2026-01-02', jsonb '[1]'"
		scan := func(name, more string) string {
			return `create function ` + name + `() returns text language plgo as $$
				var d, j any
				err := pg.QueryRow("` + moment + `").Scan(&d, &j)
				` + more + `
				return fmt.Sprintf("%T %T", d, j), err $$; `
		}
		c.exec(scan("neither", "") + scan("times", "_ = time.Now()") + scan("jsons", "_ = json.Valid(nil)") +
			scan("two", "_, _ = time.Now(), json.Valid(nil)") +
			scan("columns", "_ = sql.NullTime{}") + scan("calls", `var of string
				if err := pg.QueryRow("SELECT two()").Scan(&of); err != nil { return nil, err }
				if err := pg.QueryRow("`+moment+`").Scan(&d, &j); err != nil { return nil, err }`) +
			scan("apart", `done := make(chan error)
				d = time.Second
				for row, err := range pg.Query("SELECT date '2026-01-02'") {
					if err != nil { return nil, err }
					go func() { done <- row.Scan(&d) }()
					if err := <-done; err != nil { return nil, err }
				}`))
		c.exec(`create function passes() returns text language plgo as $$
				var s string
				err := pg.QueryRow("SELECT $1::jsonb::text", struct{ A int }{1}).Scan(&s)
				return s, err $$;
			create function passes_json() returns text language plgo as $$
				var s string
				err := pg.QueryRow("SELECT $1::jsonb::text", struct{ A int }{len(json.Number("1"))}).Scan(&s)
				return s, err $$`)
		for range 2 {
			for _, f := range [][2]string{
				{"neither()", "string string"}, {"times()", "time.Time string"}, {"jsons()", "string []interface {}"}, {"two()", "time.Time []interface {}"},
				{"calls()", "string string"}, {"apart()", "time.Time string"}, {"columns()", "time.Time string"},
				{"passes_json()", `{"A": 1}`},
			} {
				c.want("select "+f[0], f[1])
			}
			c.fails("select passes()", "38000")
		}
		c.want("select (count(*) filter (where targets::text like '%+base}') > 8)::text from plgo.functions", map[string]string{"on": "true", "off": "false"}[base])
		c.exec("drop function neither, times, jsons, two, calls, apart, columns, passes, passes_json")
	}
}
