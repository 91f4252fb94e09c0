-- Functions that import packages of a set of modules share a base that has these, and a world of it.
\pset null NULL
CREATE VIEW kinds AS SELECT function, CASE WHEN targets::text LIKE '%+base%' THEN 'module' ELSE 'object' END AS kind, modules,
    dense_rank() OVER (ORDER BY base IS NOT NULL, base IN (SELECT base FROM plgo.functions WHERE modules <> '')) AS base FROM plgo.functions;
CREATE VIEW shared AS SELECT owner, role, state, deaths, count(*) OVER (PARTITION BY owner, role) AS of_them FROM pgstd.worlds WHERE module LIKE 'plgo base %' ORDER BY owner::text, role::text;
-- All that a package can offer: methods, interfaces, generic types and functions, iterators, errors, types that nobody can name.
CREATE FUNCTION kinds_of(n int) RETURNS text LANGUAGE plgo AS $$
    p := shape.Point{1, 2}.Add(shape.Point{X: int(n)})
    r := shape.NewRect(3, int(n), "kept")
    r.Point = p
    var stack shape.Stack[string]
    stack.Push("b", "a")
    var total float64
    for _, s := range []shape.Shape{r, shape.Unit} { total += s.Area() }
    texts := shape.Collect([]shape.Point{p, r.Point}, shape.Point.String)
    for s := range stack.All() { texts = append(texts, s) }
    seen := map[shape.Point]string{p: "here"}
    return fmt.Sprint(p, r, r.Note(), total, stack.Sorted(), texts, seen[r.Point], r)
$$;
SELECT kinds_of(4);
CREATE FUNCTION finds(name text) RETURNS text LANGUAGE plgo AS $$
    s, err := shape.Find(name)
    var missing *shape.NotFound
    switch {
    case errors.Is(err, shape.ErrNone): return "none"
    case errors.As(err, &missing): return "missing " + missing.Name
    case err != nil: return "another"
    }
    if _, ok := s.(fmt.Stringer); !ok { return "no Stringer" }
    return fmt.Sprintf("%v %T", s, s)
$$;
SELECT finds(''), finds('x'), finds('unit');
-- A path that symbols write otherwise.
CREATE FUNCTION dots(n int) RETURNS int LANGUAGE plgo AS $$
    import "example.org/texts/dotted.v2"
    return dotted.Of(int(n)).Twice().N() + dotted.Names["two"]
$$;
SELECT dots(20);
-- What imports nothing of the set is on the base that has nothing of it.
CREATE FUNCTION plain(t text) RETURNS text LANGUAGE plgo AS $$ return strings.ToUpper(t) $$;
SELECT plain('plain');
SELECT function, kind, modules, base FROM kinds ORDER BY 1::text;
TABLE shared;
SELECT target ~ '[+]base$' AS module, modules, max(octet_length(object)) < 100000 AS small FROM plgo.object GROUP BY 1, 2 ORDER BY 1, 2;
-- Types are the same ones in all functions: a value of one goes through a container of the library's into another. Instances of
-- generic types that the set itself does not have are each function's, as its own types are.
CREATE FUNCTION gives() RETURNS void LANGUAGE plgo AS $$
    type own struct{ N int }
    values := []any{shape.Point{5, 6}, shape.NewRect(1, 2, "given"), shape.Unit, []shape.Point{{7, 8}}, map[shape.Point]int{{1, 1}: 2},
        &shape.Stack[int]{}, func(p shape.Point) string { return "called with " + p.String() }, struct{ P shape.Point }{shape.Point{9, 9}}, own{1}}
    expvar.Publish("given", expvar.Func(func() any { return values }))
$$;
CREATE FUNCTION takes() RETURNS SETOF text LANGUAGE plgo AS $$
    type own struct{ N int }
    var out []string
    for _, v := range expvar.Get("given").(expvar.Func)().([]any) {
        switch v := v.(type) {
        case shape.Point: out = append(out, "point " + v.String())
        case []shape.Point: out = append(out, fmt.Sprint("points ", v))
        case map[shape.Point]int: out = append(out, fmt.Sprint("map ", v[shape.Point{1, 1}]))
        case *shape.Stack[int]: v.Push(2, 1); out = append(out, fmt.Sprint("stack ", v.Sorted()))
        case func(shape.Point) string: out = append(out, v(shape.Point{3, 3}))
        case struct{ P shape.Point }: out = append(out, fmt.Sprint("struct ", v.P))
        case own: out = append(out, "a type of its own")
        case shape.Shape: out = append(out, fmt.Sprintf("shape %v %T", v, v))
        case interface{ Sorted() []int }: out = append(out, "an instance of its own")
        default: out = append(out, "a type of another function")
        }
    }
    return out
$$;
SELECT gives();
SELECT * FROM takes();
-- An instance that the set has is there twice, if a function makes a value of an interface of it, and the Go linker cannot have that in a module.
CREATE FUNCTION instances() RETURNS text LANGUAGE plgo AS $$ return fmt.Sprint(shape.Named, shape.Named.Swap(), shape.Pair[string, int]{"a", 2}.Swap()) $$;
CREATE FUNCTION fields() RETURNS text LANGUAGE plgo AS $$ return fmt.Sprint(shape.Named.First, shape.Pair[string, int]{"a", 2}.Swap().First) $$;
SELECT instances(), fields();
SELECT function, kind, modules FROM kinds WHERE function::text IN ('instances()', 'fields()') ORDER BY 1::text;
SELECT plgo.compile('instances()') > 0 AS compiled;
-- What a package keeps, it keeps for all functions of an owner that a role calls, and is initialised once.
CREATE FUNCTION next_a() RETURNS int LANGUAGE plgo AS $$ return counter.Next() $$;
CREATE FUNCTION next_b() RETURNS int LANGUAGE plgo AS $$ return counter.Next()*10 + counter.Begun() $$;
SELECT next_a(), next_b(), next_a();
CREATE FUNCTION next_own() RETURNS int LANGUAGE plgo SET pgstd.own_world = on AS $$ return counter.Next() $$;
SELECT next_own(), next_own();
CREATE ROLE sets_alice;
ALTER FUNCTION next_b() OWNER TO sets_alice;
SELECT next_b(), next_a();
SET ROLE sets_alice;
SELECT next_b(), next_a();
RESET ROLE;
TABLE shared;
-- Nobody sets a variable of one, by whatever way the source shows; what it leads to is reached by its methods.
CREATE FUNCTION sets() RETURNS void LANGUAGE plgo AS $$ counter.Limit = 5 $$;
CREATE FUNCTION sets() RETURNS void LANGUAGE plgo AS $$ counter.Shared = nil $$;
CREATE FUNCTION sets() RETURNS void LANGUAGE plgo AS $$ counter.Shared.N = 5 $$;
CREATE FUNCTION sets() RETURNS void LANGUAGE plgo AS $$ p := &counter.Limit; *p = 5 $$;
CREATE FUNCTION sets() RETURNS void LANGUAGE plgo AS $$ import "example.org/texts/dotted.v2"
dotted.Names["three"] = 3 $$;
CREATE FUNCTION puts(n int) RETURNS int LANGUAGE plgo AS $$ counter.Shared.Put(int(n)); return counter.Limit $$;
CREATE FUNCTION reads() RETURNS int LANGUAGE plgo AS $$ return counter.Shared.N $$;
SELECT puts(7), reads();
-- What the set has for itself cannot be imported.
CREATE FUNCTION secret() RETURNS int LANGUAGE plgo AS $$
    import "example.org/texts/internal/secret"
    return secret.Sum(1, 2)
$$;
-- A panic in the set names its line, and ends the call; what ends the world ends it for those on this base.
CREATE FUNCTION panics() RETURNS int LANGUAGE plgo AS $$ return shape.Fail(nil) $$;
SELECT panics();
SELECT next_a();
CREATE FUNCTION exits() RETURNS int LANGUAGE plgo AS $$ counter.Next(); os.Exit(3); return 0 $$;
SELECT exits();
SELECT next_a(), plain('still');
TABLE shared;
-- Another set, in the same session: a package of the same path is another one.
SET plgo.policy = 'others';
CREATE FUNCTION other_point() RETURNS text LANGUAGE plgo AS $$ return fmt.Sprintf("%v %v", shape.Point{"a", "b", "c"}, expvar.Get("given")) $$;
SELECT other_point();
CREATE FUNCTION other_plain(t text) RETURNS text LANGUAGE plgo AS $$ return strings.ToUpper(t) $$;
SELECT other_plain('x');
CREATE FUNCTION unknown() RETURNS int LANGUAGE plgo AS $$ return counter.Next() $$;
SELECT (SELECT base FROM plgo.functions WHERE function = 'other_plain(text)'::regprocedure) AS plain, (SELECT base FROM plgo.functions WHERE function = 'other_point()'::regprocedure) AS others \gset
RESET plgo.policy;
SELECT base = :'plain' AS same, base = :'others' AS others FROM plgo.functions WHERE function = 'plain(text)'::regprocedure;
SELECT count(*) AS worlds, count(DISTINCT module) AS bases FROM pgstd.worlds WHERE owner = 'postgres'::regrole AND role = 'postgres'::regrole AND module LIKE 'plgo base %';
-- A world that has much of functions that have gone is renewed, and has the set again.
SET pgstd.max_stale = '1kB';
CREATE OR REPLACE FUNCTION next_a() RETURNS int LANGUAGE plgo AS $$ return -counter.Next() $$;
SELECT next_a();
CREATE OR REPLACE FUNCTION next_a() RETURNS int LANGUAGE plgo AS $$ return counter.Next() $$;
SELECT next_a();
RESET pgstd.max_stale;
-- Each has an object again, if that is said.
DROP FUNCTION other_point(), other_plain(text);
SET plgo.shared_base = off;
SET client_min_messages = error;
SELECT plgo.recompile_all() > 5 AS compiled;
RESET client_min_messages;
SELECT kind, modules, count(*) FROM kinds GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(*) AS bases FROM plgo.object WHERE key = digest;
SELECT kinds_of(4), next_a(), next_b();
DROP FUNCTION next_b();
DROP ROLE sets_alice;
