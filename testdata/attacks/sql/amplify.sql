-- Thirty references to one text would become thirty texts in the host: they count thirty times.
set role mallory;
create or replace function amp(n int, mb int) returns text[] language plgo strict as $$
    s := strings.Repeat("x", int(mb)<<20)
    a := make([]string, n)
    for i := range a { a[i] = s }
    return a
$$;
select 1 from (select amp(30,60) offset 0) s;
select 'alive';
