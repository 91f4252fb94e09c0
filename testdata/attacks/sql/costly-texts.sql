-- What a short text would cost is found out before it is compiled.
set role mallory;
do $x$
declare
    attempt record;
begin
    for attempt in select * from (values
        ('type S0 struct{ a int }', 'type S%s struct{ a, b, c, d S%s }', 'return 1'),
        ('type S0 = struct{ a int }', 'type S%s = struct{ a, b *S%s }', 'return 1'),
        ('type S0 [2]int', 'type S%s struct{ a, b [2]S%s }', 'return 1'),
        ('type P[T any] struct{ a, b T }; type S0 struct{}', 'type S%s P[P[S%s]]', 'return 1'),
        ('type P[T any] struct{ a T }; func f0[T any]() {}', 'func f%1$s[T any]() { f%2$s[P[T]](); f%2$s[*T]() }', 'f60[int](); return 1'),
        ('var a = [1 << 27]byte{1}', '', 'return int32(a[0])'),
        ('', '', 'a := [1 << 27]byte{1}; return int32(a[0])'),
        ('', '', 'a := []byte{1 << 27: 1}; return int32(a[0])')) v (first, next, last)
    loop
        begin
            execute format('create function costly() returns int language plgo as %L', attempt.first || E'\n' ||
                (select string_agg(case when attempt.next <> '' then format(attempt.next, i, i - 1) else '' end, E'\n') from generate_series(1, 60) i)
                || E'\n' || attempt.last);
            raise notice 'went well';
        exception when others then
            raise notice '%', sqlerrm;
        end;
    end loop;
end $x$;
select 'alive';
