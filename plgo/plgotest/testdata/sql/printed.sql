-- What is printed is the value, however it has come there; where only a pointer would do, the
-- text is refused.
\set VERBOSITY terse
CREATE FUNCTION copied(a int) RETURNS text LANGUAGE plgo AS $$ x := a; return fmt.Sprint(x) $$;
CREATE FUNCTION copied_list(a int[]) RETURNS text LANGUAGE plgo AS $$ x := a; return fmt.Sprintf("%v", x) $$;
CREATE FUNCTION in_list(a int, b int) RETURNS text LANGUAGE plgo AS $$ l := []int32{a, b}; return fmt.Sprint(l) $$;
CREATE FUNCTION ranged(int, int) RETURNS text LANGUAGE plgo AS $$ s := ""; for _, a := range args { s += fmt.Sprint(a) }; return s $$;
CREATE FUNCTION all_of(int, text) RETURNS text LANGUAGE plgo AS $$ return fmt.Sprintln(args...) $$;
CREATE FUNCTION panics(a int) RETURNS text LANGUAGE plgo AS $$ panic(a) $$;
CREATE FUNCTION moment(a timestamptz) RETURNS text LANGUAGE plgo AS $$ x := a; return fmt.Sprint(x) $$;
CREATE FUNCTION a_record(r record) RETURNS text LANGUAGE plgo AS $$ x := r; return fmt.Sprint(r, x) $$;
CREATE FUNCTION keyed(a int, b int) RETURNS int LANGUAGE plgo AS $$
    m := map[any]int{}
    x, y := a, b
    m[x]++
    m[y]++
    return len(m)
$$;
CREATE FUNCTION counted_copy(a anyarray) RETURNS int LANGUAGE plgo AS $$ var x = a; return len(x) $$;
CREATE FUNCTION copied_null(a int, b int) RETURNS int LANGUAGE plgo AS $$
    x := a
    if x == nil {
        return b
    }
    return *x + b
$$;
SELECT keyed(1, 1), keyed(1, 2), counted_copy(ARRAY[10, 20]), copied_null(NULL, 2), copied_null(1, 2);
SELECT copied(1), copied_list('{1,2}'), in_list(1, 2), ranged(3, 4), all_of(5, 'x'), moment('2024-01-01 00:00+00');
SELECT a_record((1, 'a'));
SELECT copied(NULL);
SELECT all_of(NULL, 'x');
SELECT panics(7);
\set VERBOSITY default
-- A value that may be NULL: *a is it.
CREATE FUNCTION tested(a int) RETURNS text LANGUAGE plgo AS $$
    if a == nil {
        return "none"
    }
    return fmt.Sprint(a)
$$;
CREATE FUNCTION tested(a int[]) RETURNS text LANGUAGE plgo AS $$
    n := 0
    for _, v := range a {
        if v == nil {
            n++
        }
    }
    return fmt.Sprint(n, a)
$$;
CREATE FUNCTION inside(a int) RETURNS text LANGUAGE plgo AS $$
    type pair struct{ A *int32 }
    log.Print(map[string]pair{"x": {a}})
    return "x"
$$;
CREATE FUNCTION tested(a int) RETURNS text LANGUAGE plgo AS $$
    if a == nil {
        return "none"
    }
    return fmt.Sprint(*a)
$$;
SELECT tested(8), tested(NULL);
-- An address that somebody takes is meant; fmt asks a type for its text.
CREATE FUNCTION scanned(s text) RETURNS int LANGUAGE plgo AS $$
    var n int
    p := &n
    if _, err := fmt.Sscan(s, p); err != nil {
        return err
    }
    return n
$$;
CREATE FUNCTION itself() RETURNS text LANGUAGE plgo AS $$
    type point struct{ x, y int }
    func (p *point) String() string { return fmt.Sprint(p.x, "/", p.y) }
    return fmt.Sprint(&point{1, 2}, []*point{{3, 4}})
$$;
SELECT scanned('12'), itself();
-- args[0] is an argument like others: the text says how it takes it.
CREATE FUNCTION by_number(int, int) RETURNS int LANGUAGE plgo AS $$ return args[0] + args[1] $$;
CREATE FUNCTION counted(VARIADIC int[]) RETURNS bigint LANGUAGE plgo AS $$
    sum := 0
    for _, v := range args[0] {
        sum += int(v)
    }
    return sum
$$;
CREATE FUNCTION last_of(anyarray) RETURNS anyelement LANGUAGE plgo AS $$
    if len(args[0]) == 0 {
        return nil
    }
    return args[0][len(args[0])-1]
$$;
CREATE FUNCTION numbered(a int, b int) RETURNS int LANGUAGE plgo AS $$
    if _1 == nil {
        return -1
    }
    return *_1 + _2
$$;
SELECT by_number(1, 2), counted(1, 2, 3), last_of(ARRAY[1, 2]), last_of('{}'::int[]), numbered(1, 2), numbered(NULL, 2);
SELECT by_number(1, NULL);
-- INOUT: what is added to is a value.
CREATE FUNCTION add_to(INOUT a int, b int DEFAULT 5) LANGUAGE plgo AS $$ a += b $$;
CREATE FUNCTION join_to(INOUT a text, b text) LANGUAGE plgo AS $$ a += b $$;
CREATE FUNCTION set_to(INOUT a int, b int) LANGUAGE plgo AS $$ a = b $$;
SELECT add_to(1), add_to(1, 2), join_to('a', 'b'), set_to(1, 2), set_to(1, NULL);
SELECT add_to(NULL);
