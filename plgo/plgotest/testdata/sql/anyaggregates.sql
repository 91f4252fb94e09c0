-- Aggregates of any type, and with WITHIN GROUP.
SELECT plgo.create_aggregate('latest(v anyelement) RETURNS anyelement', $$
	type Latest struct{ v *string }
	func (l *Latest) Step(v string) { l.v = &v }
	func (l *Latest) Final() *string { return l.v }
$$);
SELECT latest(x), pg_typeof(latest(x)), latest(x::text), pg_typeof(latest(now())), latest(ARRAY[x]) FROM generate_series(1, 3) x;
SELECT latest(x) FROM generate_series(1, 0) x;
SELECT x, latest(x) OVER (ORDER BY x ROWS 1 PRECEDING) FROM generate_series(1, 2) x;
SELECT plgo.create_aggregate('sample(v anyelement, size int) RETURNS anyarray', $$
	type Sample struct{ all []*string }
	func (s *Sample) Step(v *string, size int32) {
		if s.all = append(s.all, v); len(s.all) > int(size) {
			s.all = s.all[1:]
		}
	}
	func (s *Sample) Inverse(*string, int32) bool { return false }
	func (s *Sample) Final() []*string { return s.all }
$$);
SELECT sample(NULLIF(x, 2), 2), pg_typeof(sample(x::numeric, 1)) FROM generate_series(1, 3) x;
SELECT x, sample(x, 2) OVER (ORDER BY x ROWS 1 PRECEDING) FROM generate_series(1, 3) x;
SELECT plgo.create_aggregate('joint(v anyarray) RETURNS anyarray', $$
	type Joint struct{ all pg.Array[*string] }
	func (j *Joint) Step(v pg.Array[*string]) {
		if len(j.all.Elements) == 0 {
			j.all = v
		}
	}
	func (j *Joint) Final() pg.Array[*string] { return j.all }
$$);
SELECT joint('[2:3]={1,NULL}'::int[]), pg_typeof(joint(ARRAY['2026-01-01'::date])), joint(ARRAY[[1], [2]]);
SELECT plgo.create_aggregate('nth(at int ORDER BY v anyelement) RETURNS anyelement', $$
	type Nth []string
	func (n *Nth) Step(v string) { *n = append(*n, v) }
	func (n *Nth) Final(at int32) *string {
		if at < 1 || int(at) > len(*n) {
			return nil
		}
		return &slices.Sorted(slices.Values(*n))[at-1]
	}
$$);
SELECT nth(2) WITHIN GROUP (ORDER BY x DESC), pg_typeof(nth(2) WITHIN GROUP (ORDER BY x::numeric)), nth(9) WITHIN GROUP (ORDER BY x),
	nth(NULL) WITHIN GROUP (ORDER BY x) FROM generate_series(4, 6) x;
SELECT plgo.create_aggregate('"Mid of (a)"(ORDER BY "order" float8, by numeric(10, 2)) RETURNS float8', $$
	type Mid struct{ n, sum float64 }
	func (m *Mid) Step(v float64, by pg.Numeric) { m.n++; m.sum += v }
	func (m *Mid) Final() float64 { return m.sum / m.n }
$$);
SELECT "Mid of (a)"() WITHIN GROUP (ORDER BY x, x) FROM generate_series(4, 6) x;
SELECT plgo.create_aggregate('sums(m float8[]) RETURNS float8[]', $$
	type Sums struct{ m pg.Matrix[float64] }
	func (s *Sums) Step(m pg.Matrix[float64]) {
		if s.m.Rows == 0 {
			s.m = m
			return
		}
		for i := range m.Rows {
			for j := range m.Columns {
				s.m.Set(i, j, s.m.At(i, j)+m.At(i, j))
			}
		}
	}
	func (s *Sums) Final() pg.Matrix[float64] { return s.m }
$$);
SELECT sums(m) FROM (VALUES ('{{1,2},{3,4}}'::float8[]), ('{{10,20},{30,40}}')) v(m);
\da (latest|sample|joint|nth|"Mid of (a)"|sums)
\df nth_(step|final)
\df sample_*
SELECT plgo.create_aggregate('w(v int ORDER BY) RETURNS int', '');
SELECT plgo.create_aggregate('w(ORDER BY) RETURNS int', '');
SELECT plgo.create_aggregate('w(ORDER v int) RETURNS int', '');
SELECT plgo.create_aggregate('w(v int ORDER BY w int ORDER BY x int) RETURNS int', '');
SELECT plgo.create_aggregate('w(v int ORDER BY w "any") RETURNS int', '');
SELECT plgo.create_aggregate('w(v int ORDER BY w nosuch) RETURNS int', '');
SELECT plgo.create_aggregate('w(v int ORDER BY w int) RETURNS anyelement', 'type W int
func (w *W) Step(int32) {}
func (w *W) Final(int32) string { return "" }');
SELECT plgo.create_aggregate('w(v int ORDER BY w int) RETURNS int', 'type W int
func (w *W) Step(int32) {}
func (w *W) Merge(*W) {}
func (w *W) Final(int32) int32 { return 0 }');
SELECT plgo.create_aggregate('w(v int ORDER BY w text) RETURNS int', 'type W int
func (w *W) Step(int32) {}
func (w *W) Final() int32 { return 0 }');
SELECT plgo.create_aggregate('w(v int ORDER BY w text) RETURNS int', 'type W int
func (w *W) Step(string, int32) {}
func (w *W) Final(int32) int32 { return 0 }');
CREATE FUNCTION bad_final(plgo.state, int, int) RETURNS int LANGUAGE plgo AS '//plgo:aggregate final, bad, within_1, pg_catalog, int4, pg_catalog, int4, pg_catalog, int4
type T int';
CREATE FUNCTION bad_final(plgo.state, int) RETURNS int LANGUAGE plgo AS '//plgo:aggregate final, bad, within_1, pg_catalog, int4, pg_catalog, int4
type T int';
CREATE FUNCTION bad_final(plgo.state, int) RETURNS int LANGUAGE plgo AS '//plgo:aggregate final, bad, within_, pg_catalog, int4, pg_catalog, int4
type T int';
CREATE FUNCTION bad_merge(plgo.state, plgo.state) RETURNS plgo.state LANGUAGE plgo AS '//plgo:aggregate merge, bad, within_0, pg_catalog, int4, pg_catalog, int4
type T int';
SELECT latest_final(NULL, 1) IS NULL;
CREATE AGGREGATE raw_state(anyelement) (SFUNC = latest_step, STYPE = plgo.state);
SELECT latest_final(raw_state(x::text), NULL::int) FROM (VALUES ('a')) v(x);
DROP AGGREGATE raw_state(anyelement), latest(anyelement), nth(int, anyelement);
DROP AGGREGATE nth(int ORDER BY anyelement);
\df (latest|nth)_(step|final)
