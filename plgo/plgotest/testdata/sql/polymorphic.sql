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
