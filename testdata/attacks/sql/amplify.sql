-- Thirty references to one text would become thirty texts in the host: they count thirty times.
set role mallory;
create or replace function amp(n int, mb int) returns text[] language plgo strict as $$
    s := strings.Repeat("x", int(mb)<<20)
    a := make([]string, n)
    for i := range a { a[i] = s }
    return a
$$;
create or replace function amp2(n int, mb int) returns int language plgo strict as $$
    s := strings.Repeat("x", int(mb)<<20)
    args := make([]any, n)
    q := "select length($1)"
    for i := range args { args[i] = s; if i > 0 { q += fmt.Sprintf("+length($%d)", i+1) } }
    var r int32
    err := pg.QueryRow(q, args...).Scan(&r)
    return r, err
$$;
select 1 from (select amp(30,60) offset 0) s;
select amp2(30,60);
select 'alive';
