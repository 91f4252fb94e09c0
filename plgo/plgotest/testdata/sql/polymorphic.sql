-- Polymorphic types go as text, of whatever type the call has.
CREATE FUNCTION same(v anyelement) RETURNS anyelement LANGUAGE plgo STRICT AS $$ return v $$;
SELECT same(1), same('x'::text), same(1.5), same('2026-01-01'::date), same(array[1,2]), pg_typeof(same(1::smallint));
CREATE FUNCTION first(v anyarray) RETURNS anyelement LANGUAGE plgo STRICT AS $$ return v[0] $$;
CREATE FUNCTION shown(v anyarray) RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprint(v) $$;
CREATE FUNCTION both(a anycompatible, b anycompatible) RETURNS text LANGUAGE plgo STRICT AS $$ return a + "|" + b $$;
CREATE FUNCTION pair_of(a anycompatible, b anycompatible) RETURNS text LANGUAGE plgo STRICT AS $$ return a + "|" + b $$;
SELECT shown(array[1,2]), pair_of(1, 2.5);
CREATE FUNCTION enum_text(e anyenum) RETURNS text LANGUAGE plgo STRICT AS $$ return e $$;
CREATE FUNCTION range_text(r anyrange) RETURNS text LANGUAGE plgo STRICT AS $$ return r $$;
CREATE TYPE mood AS ENUM ('sad', 'happy');
SELECT enum_text('sad'::mood), range_text(int4range(1, 3));
CREATE FUNCTION maybe(v anyelement, other anyelement) RETURNS anyelement LANGUAGE plgo AS $$
    if v == nil {
        return other
    }
    return v
$$;
SELECT maybe(NULL, 5), maybe('a'::text, 'b'), maybe(NULL::date, NULL);
CREATE FUNCTION outs(v anyelement, OUT same anyelement, OUT list anyarray) LANGUAGE plgo STRICT AS $$
    same = v
    list = "{" + v + "}"
$$;
SELECT * FROM outs(5);
CREATE FUNCTION variadic_any(VARIADIC v anyarray) RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprint(v) $$;
SELECT variadic_any(1, 2, 3), variadic_any('a'::text);
CREATE FUNCTION repeated(v anyelement, n int) RETURNS SETOF anyelement LANGUAGE plgo STRICT AS $$ return slices.Repeat([]string{v}, int(n)) $$;
SELECT repeated(7, 2);
SELECT * FROM repeated('x'::text, 2);
CREATE FUNCTION any_args(VARIADIC "any") RETURNS int LANGUAGE plgo AS $$ return 1 $$;
-- What a text does to lists alone makes an array one, and a result.
CREATE FUNCTION with_more(a anyarray, b anyelement) RETURNS anyarray LANGUAGE plgo AS $$ return append(a, b) $$;
CREATE FUNCTION joined(a anyarray, b anyarray) RETURNS anyarray LANGUAGE plgo AS $$ if a == nil { return b }; return append(a, b...) $$;
CREATE FUNCTION tail(a anyarray) RETURNS anyarray LANGUAGE plgo AS $$ return a[1:] $$;
CREATE FUNCTION repeats(a anyelement, n int) RETURNS anyarray LANGUAGE plgo AS $$ return slices.Repeat([]string{a}, int(n)) $$;
CREATE FUNCTION has(xs anyarray, x anyelement) RETURNS bool LANGUAGE plgo AS $$ return slices.Contains(xs, x) $$;
CREATE FUNCTION cloned(xs anyarray) RETURNS anyarray LANGUAGE plgo AS $$ return slices.Clone(xs) $$;
CREATE FUNCTION in_one(xs anyarray) RETURNS text LANGUAGE plgo AS $$ return strings.Join(xs, "; ") $$;
CREATE FUNCTION wider(a anycompatiblearray, b anycompatible) RETURNS anycompatiblearray LANGUAGE plgo AS $$ return append(a, b) $$;
CREATE FUNCTION taken_apart(a anyarray, OUT first anyelement, OUT rest anyarray) LANGUAGE plgo AS $$ first, rest = a[0], a[1:] $$;
SELECT with_more(ARRAY[1, 2], 3), joined(ARRAY['a,b'], ARRAY['c']), joined(NULL, ARRAY[1]), tail(ARRAY['a', 'b c', 'd']), repeats(1.50, 2), has(ARRAY[1, 2], 2);
SELECT cloned(ARRAY[date '2026-01-31']), in_one(ARRAY['a', 'b']), wider(ARRAY[1], 2.5), taken_apart(ARRAY[1, 2, 3]);
CREATE FUNCTION as_it_is(a anyarray) RETURNS anyarray LANGUAGE plgo AS $$ return a $$;
SELECT as_it_is('[2:3]={1,2}'::int[]);
