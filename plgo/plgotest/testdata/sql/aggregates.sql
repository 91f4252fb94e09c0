-- Aggregates: a type with the methods Step and Final, whose values stay in the world.
CREATE ROLE aggregate_role;
GRANT CREATE ON SCHEMA public TO aggregate_role;
SET ROLE aggregate_role;
SELECT plgo.create_aggregate('median(v float8) RETURNS float8', $$
	type Median struct{ all []float64 }

	func (m *Median) Step(v float64) { m.all = append(m.all, v) }

	func (m *Median) Final() *float64 {
		if len(m.all) == 0 {
			return nil
		}
		sorted := slices.Sorted(slices.Values(m.all))
		return &sorted[len(sorted)/2]
	}
$$);
SELECT median(x) FROM generate_series(1, 1001) x;
SELECT x % 3 AS g, median(x) FROM generate_series(1, 1000) x GROUP BY 1 ORDER BY 1;
SELECT median(x) FILTER (WHERE x > 5), median(DISTINCT x % 3) FROM generate_series(1, 10) x;
SELECT median(x), median(NULL::float8) FROM generate_series(1, 0) x;
SELECT x, median(x) OVER (ORDER BY x ROWS 2 PRECEDING) FROM generate_series(1, 4) x;
\df median*
-- With Inverse, Merge and Init; another aggregate of the name.
SELECT plgo.create_aggregate('median(v text[], n int) RETURNS text IMMUTABLE', $$
	type Words map[string]int

	func (w *Words) Init() { *w = Words{} }

	func (w *Words) Step(v []string, n *int32) error {
		for _, s := range v {
			if s == "bad" {
				return errors.New("a bad word")
			}
			(*w)[s]++
		}
		if n == nil {
			(*w)["null"]++
		}
		return nil
	}

	func (w *Words) Inverse(v []string, n *int32) {
		for _, s := range v {
			if (*w)[s]--; (*w)[s] == 0 {
				delete(*w, s)
			}
		}
	}

	func (w *Words) Merge(other *Words) {
		for s, n := range *other {
			(*w)[s] += n
		}
	}

	func (w *Words) Final() string {
		return fmt.Sprint(map[string]int(*w))
	}
$$);
SELECT median(ARRAY[x::text, 'a'], NULL) FROM generate_series(1, 3) x;
SELECT x, median(ARRAY[x::text], 1) OVER (ORDER BY x ROWS 1 PRECEDING) FROM generate_series(1, 3) x;
SELECT median(ARRAY['bad'], 1);
CREATE TABLE halves (k int, v text) PARTITION BY LIST (k);
CREATE TABLE half1 PARTITION OF halves FOR VALUES IN (1);
CREATE TABLE half2 PARTITION OF halves FOR VALUES IN (2);
INSERT INTO halves SELECT 1 + x % 2, x % 3 FROM generate_series(1, 3000) x;
ANALYZE halves;
SET enable_partitionwise_aggregate = on;
SELECT v, median(ARRAY[v], 1) FROM halves GROUP BY v ORDER BY v;
DO $$
DECLARE line text;
BEGIN
	FOR line IN EXPLAIN SELECT v, median(ARRAY[v], 1) FROM halves GROUP BY v LOOP
		IF line LIKE '%Partial%' THEN RAISE NOTICE 'in parts'; EXIT; END IF;
	END LOOP;
END $$;
RESET enable_partitionwise_aggregate;
-- Many groups, by sorting and by hashing.
SET enable_sort = off;
SET work_mem = '64kB';
SELECT count(*), sum(m) FROM (SELECT x % 5000, median(x) AS m FROM generate_series(1, 20000) x GROUP BY 1) s;
RESET enable_sort;
RESET work_mem;
-- A composite type, an enum, a domain.
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TYPE spot AS (x float8, y float8);
SELECT plgo.create_aggregate('centre(s spot, m mood, n positive) RETURNS spot', $$
	type Centre struct {
		n    float64
		x, y float64
	}

	func (c *Centre) Step(s Spot, m string, n int32) {
		if m == "happy" {
			c.n += float64(n)
			c.x += s.X
			c.y += s.Y
		}
	}

	func (c *Centre) Final() (*Spot, error) {
		if c.n == 0 {
			return nil, nil
		}
		return &Spot{X: c.x / c.n, Y: c.y / c.n}, nil
	}
$$);
SELECT centre(ROW(x, 2 * x)::spot, 'happy', 1) FROM generate_series(1, 3) x;
-- No arguments.
SELECT plgo.create_aggregate('rows() RETURNS bigint', $$
	type Rows int64
	func (r *Rows) Step() { *r++ }
	func (r *Rows) Final() int64 { return int64(*r) }
$$);
SELECT rows(*) FROM generate_series(1, 7);
-- Mistakes, at their place in the text.
SELECT plgo.create_aggregate('wrong(v int) RETURNS int', $$
	type W int
	func (w *W) Step(v int64) {}
	func (w *W) Final() string { return "" }
$$);
SELECT plgo.create_aggregate('wrong(v int) RETURNS int', $$
	type w int
	func (w *w) Step(v int32) {}
	func (w *w) Final() int32 { return nosuch }
$$);
SELECT plgo.create_aggregate('wrong(v int) RETURNS int', $$
	type w int
	func (w *w) Step(v int32) {}
	func (w *w) Final() int32 { return 0 }
$$);
SELECT plgo.create_aggregate('wrong(v int) RETURNS int', $$
	type W int
	func (w *W) Step(v int32) {}
	func (w *W) Final() int32 { return 0 }
	func Inverse() {}
	func (w *W) Merge(v W) int { return 0 }
	pg.Notice("hello")
$$);
SELECT plgo.create_aggregate('wrong(v int) RETURNS int', $$
	type W int
	func (w *W) Step(v int32) {}
	func (w *W) Final() int32 { return 0 }
	func (w *W) Inverse(a int32, b int32) {}
	func (w *W) Merge(v W) int { return 0 }
$$);
SELECT plgo.create_aggregate('wrong(v int) RETURNS int', 'return v');
SELECT plgo.create_aggregate('wrong(v int) RETURNS int', 'type T int');
SELECT plgo.create_aggregate('wrong(v int)', '');
SELECT plgo.create_aggregate('wrong(v nosuch) RETURNS int', '');
SELECT plgo.create_aggregate('wrong(v "any") RETURNS int', '');
SELECT plgo.create_aggregate('wrong(v int DEFAULT 1) RETURNS int', '');
SELECT plgo.create_aggregate('wrong(v int, OUT w int) RETURNS int', '');
SELECT plgo.create_aggregate($$wrong() RETURNS int LANGUAGE sql AS 'SELECT 1'$$, '');
SELECT plgo.create_aggregate($$wrong() RETURNS int; DROP TABLE halves$$, '');
SELECT plgo.create_aggregate('pg_catalog.wrong() RETURNS int', '');
-- A state is for its own functions, in its own query.
SELECT median_step(NULL, 1);
SELECT median_final(NULL) IS NULL;
SELECT '1'::plgo.state;
SELECT NULL::plgo.state IS NULL;
CREATE TABLE kept (s plgo.state);
CREATE AGGREGATE raw(float8) (SFUNC = median_step, STYPE = plgo.state);
SELECT raw(1);
INSERT INTO kept SELECT raw(x) FROM generate_series(1, 3) x;
SELECT median_final(s) FROM kept;
SELECT median_step(s, 1) IS NULL FROM kept;
SELECT centre_final(raw(x)) FROM generate_series(1, 3) x;
SELECT median_final(raw(x)) FROM generate_series(1, 3) x;
CREATE AGGREGATE mixed(float8) (SFUNC = median_step, STYPE = plgo.state, FINALFUNC = rows_final);
SELECT mixed(x) FROM generate_series(1, 3) x;
-- Functions that are not what their first line says.
SELECT prosrc AS text FROM pg_proc WHERE proname = 'median_step' AND pronargs = 2 \gset
CREATE FUNCTION bad_step(plgo.state, text) RETURNS plgo.state LANGUAGE plgo AS :'text';
CREATE FUNCTION bad_step(internal, float8) RETURNS internal LANGUAGE plgo AS :'text';
CREATE FUNCTION bad_step(plgo.state, float8) RETURNS bigint LANGUAGE plgo AS :'text';
CREATE FUNCTION bad_step(plgo.state, OUT plgo.state) LANGUAGE plgo AS '//plgo:aggregate inverse, a, basic, pg_catalog, int4
type T int';
CREATE FUNCTION bad_step() RETURNS int LANGUAGE plgo AS '//plgo:aggregate step';
CREATE FUNCTION bad_step() RETURNS int LANGUAGE plgo AS '//plgo:aggregate step, "a, b
return 1';
-- A panic and a cancel: the session goes on.
SELECT plgo.create_aggregate('deadly(v int) RETURNS int', $$
	type Deadly int
	func (d *Deadly) Step(v int32) {
		switch v {
		case 3:
			panic("three")
		case 4:
			for {
			}
		}
		*d += Deadly(v)
	}
	func (d *Deadly) Final() int32 { return int32(*d) }
$$);
SELECT deadly(x) FROM generate_series(1, 2) x;
SELECT deadly(x) FROM generate_series(1, 3) x;
SELECT deadly(x) FROM generate_series(1, 2) x;
SET statement_timeout = '300ms';
SELECT deadly(x) FROM generate_series(4, 4) x;
RESET statement_timeout;
SELECT deadly(x) FROM generate_series(1, 2) x;
-- Compiled anew, and shown.
SELECT plgo.compile('deadly_final(plgo.state)') > 0;
SELECT deadly(x) FROM generate_series(1, 2) x;
SELECT plgo.source('deadly_step(plgo.state, int)') = plgo.source('deadly_final(plgo.state)') AS same,
	plgo.source('deadly_final(plgo.state)') LIKE '%type Deadly int%' AS shown;
-- Dropped with its functions.
DROP AGGREGATE mixed(float8), raw(float8);
DROP AGGREGATE median(float8);
\df median*
DROP AGGREGATE median(text[], int);
\df median*
DROP AGGREGATE rows(*);
DROP AGGREGATE centre(spot, mood, positive);
RESET ROLE;
SELECT plgo.recompile_all() > 0;
SELECT deadly(x) FROM generate_series(1, 2) x;
SET ROLE aggregate_role;
DROP AGGREGATE deadly(int);
SELECT count(*) FROM pg_proc WHERE proname ~ '_(step|final|inverse|merge)(_\d+)?$' AND pronamespace = 'public'::regnamespace;
-- Without arguments, and results that are converted as those of functions are.
SELECT plgo.create_aggregate('cnt(*) RETURNS smallint', $$
	type Count struct{ n uint64 }

	func (c *Count) Step() { c.n++ }

	func (c *Count) Final() (*uint64, error) {
		if c.n == 0 {
			return nil, nil
		}
		return &c.n, nil
	}
$$);
SELECT cnt(*) FROM generate_series(1, 5);
SELECT cnt(*) FROM generate_series(1, 0);
SELECT cnt(*) FROM generate_series(1, 40000);
SELECT plgo.create_aggregate('histogram(w text) RETURNS jsonb', $$
	type Words map[string]int

	func (w *Words) Init() { *w = Words{} }

	func (w *Words) Step(word string) { (*w)[word]++ }

	func (w *Words) Final() map[string]int { return *w }
$$);
SELECT histogram(w) FROM unnest(ARRAY['a', 'b', 'a']) w;
SELECT plgo.create_aggregate('extremes(v int) RETURNS json', $$
	type Extremes struct {
		Least    int32 `json:"least"`
		Greatest int32
		seen     bool
	}

	func (e *Extremes) Step(v int32) {
		if !e.seen {
			*e = Extremes{v, v, true}
		}
		e.Least, e.Greatest = min(e.Least, v), max(e.Greatest, v)
	}

	func (e *Extremes) Final() *Extremes {
		if !e.seen {
			return nil
		}
		return e
	}
$$);
SELECT extremes(v) FROM generate_series(3, 7) v;
SELECT extremes(v) FROM generate_series(1, 0) v;
SELECT plgo.create_aggregate('hidden(v int) RETURNS jsonb', $$
	type result struct{ N int }
	type State struct{ r result }
	func (s *State) Step(v int32) { s.r.N++ }
	func (s *State) Final() result { return s.r }
$$);
