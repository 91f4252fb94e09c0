-- In a cell it is the same base of a set, and another world.
CREATE FUNCTION points(n int) RETURNS SETOF text LANGUAGE plgo AS $$
    var s shape.Stack[int]
    s.Push(int(n), 1)
    shapes := []fmt.Stringer{shape.Point{1, 2}.Add(shape.Point{X: int(n)}), shape.NewRect(3, s.Sorted()[1], "kept"), shape.Unit}
    return shape.Collect(shapes, fmt.Stringer.String)
$$;
CREATE FUNCTION publishes() RETURNS void LANGUAGE plgo AS $$
    m := map[shape.Point]shape.Shape{{5, 6}: shape.Unit}
    expvar.Publish("published", expvar.Func(func() any { return m }))
$$;
CREATE FUNCTION published() RETURNS text LANGUAGE plgo AS $$
    m, ok := expvar.Get("published").(expvar.Func)().(map[shape.Point]shape.Shape)
    return fmt.Sprint(m[shape.Point{5, 6}], ok)
$$;
CREATE FUNCTION counts() RETURNS int LANGUAGE plgo AS $$ return counter.Next() $$;
CREATE FUNCTION fails(name text) RETURNS text LANGUAGE plgo AS $$ _, err := shape.Find(name); return nil, err $$;
CREATE FUNCTION panics() RETURNS int LANGUAGE plgo AS $$ return shape.Fail(nil) $$;
CREATE FUNCTION exits() RETURNS int LANGUAGE plgo AS $$ counter.Next(); os.Exit(3); return 0 $$;
CREATE FUNCTION plain(t text) RETURNS text LANGUAGE plgo AS $$ return strings.ToUpper(t) $$;
SELECT counts();
SET pgstd.isolation = cell;
SELECT points(4), counts(), plain('cell');
SELECT publishes(), published();
SELECT fails('it');
SELECT panics();
-- Each of the two bases has a world there, in one process for the role.
SELECT isolation, owner, role, state, deaths, count(*) FROM pgstd.worlds WHERE module LIKE 'plgo base %' GROUP BY 1, 2, 3, 4, 5 ORDER BY 1;
SELECT exits();
SELECT counts(), plain('again');
RESET pgstd.isolation;
SELECT counts();
