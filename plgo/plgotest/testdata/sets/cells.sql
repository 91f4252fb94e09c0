-- In a cell it is the same base of a set, and another world.
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
CREATE FUNCTION dots(n int) RETURNS int LANGUAGE plgo AS $$
    import "example.org/texts/dotted.v2"
    return dotted.Of(int(n)).Twice().N() + dotted.Names["two"]
$$;
CREATE FUNCTION plain(t text) RETURNS text LANGUAGE plgo AS $$ return strings.ToUpper(t) $$;
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
CREATE FUNCTION next_a() RETURNS int LANGUAGE plgo AS $$ return counter.Next() $$;
CREATE FUNCTION panics() RETURNS int LANGUAGE plgo AS $$ return shape.Fail(nil) $$;
SELECT next_a();
SET pgstd.isolation = cell;
SELECT kinds_of(4), finds('x'), dots(20), next_a(), next_a(), plain('cell');
SELECT gives();
SELECT * FROM takes();
SELECT panics();
-- Each of the two bases has a world there, in one process for the role.
SELECT isolation, owner, role, state, deaths, count(*) FROM pgstd.worlds WHERE module LIKE 'plgo base %' GROUP BY 1, 2, 3, 4, 5 ORDER BY 1;
CREATE FUNCTION exits() RETURNS int LANGUAGE plgo AS $$ counter.Next(); os.Exit(3); return 0 $$;
SELECT exits();
SELECT next_a(), plain('again');
RESET pgstd.isolation;
SELECT next_a();
