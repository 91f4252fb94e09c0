-- what a statement's parameters, an error or a message make of memory is bounded
\set ON_ERROR_STOP off
\set VERBOSITY terse
set role mallory;
-- thirty references to one text are thirty texts
create function texts(n int, mb int) returns int8 language plgo strict as $$
    s := strings.Repeat("x", int(mb)<<20)
    args := make([]any, n)
    q := "select length($1)::int8"
    for i := range args { args[i] = s; if i > 0 { q += fmt.Sprintf("+length($%d)", i+1) } }
    var r int64
    err := pg.QueryRow(q, args...).Scan(&r)
    return r, err
$$;
select texts(2, 60), texts(30, 1);
select texts(30, 60);
select texts(1, 200);
create function bytes(n int, mb int) returns int8 language plgo strict as $$
    s := bytes.Repeat([]byte("x"), int(mb)<<20)
    args := make([]any, n)
    q := "select length($1)::int8"
    for i := range args { args[i] = s; if i > 0 { q += fmt.Sprintf("+length($%d)", i+1) } }
    var r int64
    err := pg.QueryRow(q, args...).Scan(&r)
    return r, err
$$;
select bytes(2, 60);
select bytes(30, 60);
-- the same in an array, and in a cursor's parameters
create function arrays(n int, mb int) returns int8 language plgo strict as $$
    s := strings.Repeat("x", int(mb)<<20)
    a := make([]string, n)
    for i := range a { a[i] = s }
    var r int64
    err := pg.QueryRow("select cardinality($1)::int8", a).Scan(&r)
    return r, err
$$;
select arrays(2, 60);
select arrays(30, 60);
create function cursors(n int, mb int) returns int8 language plgo strict as $$
    s := strings.Repeat("x", int(mb)<<20)
    a := make([]any, n)
    q := "select 1 where true"
    for i := range a { a[i] = s; q += fmt.Sprintf(" and $%d <> ''", i+1) }
    for row, err := range pg.Query(q, a...) {
        if err != nil { return 0, err }
        var r int64
        err := row.Scan(&r)
        return r, err
    }
    return 0
$$;
select cursors(2, 60);
select cursors(30, 60);
-- and before a statement is prepared that could not be
create function wrong(n int, mb int) returns int8 language plgo strict as $$
    s := strings.Repeat("x", int(mb)<<20)
    args := make([]any, n)
    for i := range args { args[i] = s }
    var r int64
    err := pg.QueryRow("selekt $1", args...).Scan(&r)
    return r, err
$$;
select wrong(30, 60);
create function many(n int) returns int8 language plgo strict as $$
    args := make([]any, n)
    var q strings.Builder
    q.WriteString("select 0::int8")
    for i := range args { args[i] = int64(1); if i < 1000 { fmt.Fprintf(&q, "+$%d", i+1) } }
    var r int64
    err := pg.QueryRow(q.String(), args...).Scan(&r)
    return r, err
$$;
select many(1000);
select many(65536);
select many(1000000);
-- texts of errors and messages are cut
create function long_error(what text, mb int) returns text language plgo strict as $$
    s := strings.Repeat("long ", int(mb)<<20/5)
    e := &pg.Error{Code: "P0001", Message: "short"}
    switch what {
    case "message": e.Message = s
    case "detail": e.Detail = s
    case "hint": e.Hint = s
    case "all": e.Message, e.Detail, e.Hint = s, s, s
    case "panic": panic(s)
    case "error": return "", errors.New(s)
    case "notice": pg.Notice(s); return "noticed"
    case "print": for range 3 { fmt.Println(s) }; return "printed"
    }
    return "", e
$$;
create function lengths(what text, mb int) returns text language plpgsql as $$
declare d text; h text;
begin
    return long_error(what, mb);
exception when others then
    get stacked diagnostics d = pg_exception_detail, h = pg_exception_hint;
    return format('%s %s %s', length(sqlerrm) / 1000, length(d) / 1000, length(h) / 1000);
end $$;
set client_min_messages = error;
select what, lengths(what, 20) from unnest('{message,detail,hint,all,error,notice}'::text[]) what;
select split_part(lengths('panic', 20), ' ', 1)::int < 100;
select lengths('print', 1);
reset client_min_messages;
select 'alive';
