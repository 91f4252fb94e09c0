-- Arguments of any type, and arrays whole.
CREATE TYPE pair AS (a int, b text);
CREATE FUNCTION describe(v "any") RETURNS text STABLE LANGUAGE plgo AS $$
	var name string
	if err := pg.QueryRow("SELECT $1::regtype::text", v.OID()).Scan(&name); err != nil {
		return err
	}
	var x any
	if err := v.Get(&x); err != nil {
		return err
	}
	return fmt.Sprintf("%s %T %s", name, x, v)
$$;
SELECT describe(1), describe('x'), describe(1.50), describe(ARRAY[1, 2]), describe((1, 'x y')::pair);
CREATE FUNCTION numbers(list anyarray) RETURNS float8 IMMUTABLE LANGUAGE plgo AS $$
	var numbers []float64
	if err := list.Get(&numbers); err != nil {
		return err
	}
	sum := 0.0
	for _, n := range numbers {
		sum += n
	}
	return sum
$$;
SELECT numbers(ARRAY[1, 2]), numbers(ARRAY[1.5, 2.5]);
SELECT numbers(ARRAY['a']);
CREATE FUNCTION either(a anyelement, b anyelement) RETURNS anyelement LANGUAGE plgo AS $$
	var n int64
	if a == nil || a.Get(&n) == nil && n == 0 {
		return b
	}
	return a.String()
$$;
SELECT either(0, 5), either(7, 5), either(NULL, 'x'::text), either('y'::text, 'x');
CREATE FUNCTION has_null(v "any") RETURNS boolean LANGUAGE plgo AS $$
	return v == nil
$$;
SELECT has_null(NULL), has_null(NULL::int), has_null(1);
CREATE FUNCTION bounds(a int[]) RETURNS text IMMUTABLE STRICT LANGUAGE plgo AS $$
	return fmt.Sprint(a.Sizes, a.LowerBounds, len(a.Elements))
$$;
SELECT bounds('[2:3]={1,2}'), bounds('{{1,2},{3,4}}'), bounds('{}');
CREATE FUNCTION at(a text[], i int) RETURNS text IMMUTABLE LANGUAGE plgo AS $$
	if s, ok := a.At(int(i)); ok {
		return s
	}
	return nil
$$;
SELECT at('[5:6]={x,y}', 5), at('[5:6]={x,y}', 1), at('{x}', 1);
CREATE FUNCTION shifted(a int[], by int) RETURNS int[] LANGUAGE plgo AS $$
	for i := range a.LowerBounds {
		a.LowerBounds[i] += int(by)
	}
	return a
$$;
SELECT shifted('[2:3]={1,2}', 3), shifted('{{1},{2}}', -1);
CREATE FUNCTION transposed(m float8[]) RETURNS float8[] IMMUTABLE LANGUAGE plgo AS $$
	t := pg.NewMatrix[float64](m.Columns, m.Rows)
	for i := range m.Rows {
		for j, v := range m.Row(i) {
			t.Set(j, i, v)
		}
	}
	return t
$$;
SELECT transposed('{{1,2,3},{4,5,6}}'), transposed('{}');
SELECT transposed('{1,2}');
CREATE FUNCTION made(n int) RETURNS text[] LANGUAGE plgo AS $$
	return pg.Array[string]{Elements: []string{"a", "b"}, LowerBounds: []int{int(n)}}
$$;
SELECT made(3), made(-1);
CREATE FUNCTION nulls(a int[]) RETURNS int LANGUAGE plgo AS $$
	n := int32(0)
	for _, e := range a.Elements {
		if e == nil {
			n++
		}
	}
	return n
$$;
SELECT nulls('[0:2]={1,NULL,NULL}');
CREATE FUNCTION wrong(a int[]) RETURNS int LANGUAGE plgo AS $$
	return a.Nothing + len(a.Elements)
$$;
CREATE FUNCTION wrong(a int) RETURNS "any" LANGUAGE plgo AS $$
	return a
$$;
CREATE FUNCTION wrong(VARIADIC a "any") RETURNS int LANGUAGE plgo AS $$
	return 1
$$;
SELECT plgo.create_aggregate('types(v anyelement) RETURNS text', $$
	type Types map[uint32]int
	func (t *Types) Init() { *t = Types{} }
	func (t Types) Step(v pg.Any) { t[v.OID()]++ }
	func (t Types) Final() string { return fmt.Sprint(map[uint32]int(t)) }
$$);
SELECT types(x), types(x::text) FROM generate_series(1, 3) x;
-- Kept beyond the call, and beyond its type.
CREATE FUNCTION keep(v "any") RETURNS text LANGUAGE plgo AS $$
	var (
		kept pg.Any
	)
	if v != nil {
		kept = *v
		return "kept"
	}
	var s string
	if err := pg.QueryRow("SELECT $1::text", kept).Scan(&s); err != nil { return err }
	return s
$$;
CREATE TYPE fading AS ENUM ('gone');
CREATE TYPE fading_row AS (a int);
SELECT keep('gone'::fading), keep(NULL);
DROP TYPE fading;
SELECT keep(NULL);
SELECT keep(ROW(1)::fading_row), keep(NULL);
DROP TYPE fading_row;
SELECT keep(NULL);
\df (describe|numbers|either)
