-- who calls a function that has its owner's rights does not see the words that it works with
\set ON_ERROR_STOP off
create function keeper(how text) returns int language plgo security definer strict as $$
    type secret struct { a, b, c uint64 }
    var deep func(s secret, p *int, n int) int
    deep = func(s secret, p *int, n int) int {
        if n > 0 { return deep(secret{s.b, s.c, s.a}, p, n-1) + 1 }
        switch how {
        case "nil": return *p
        case "panic": panic("secrets")
        case "index": return []int{}[n]
        case "deadlock": select {}
        case "stack": return deep(s, p, 1<<40)
        case "goroutine": go func(s secret) { panic(s.a == 0) }(s); time.Sleep(time.Second)
        }
        return 0
    }
    return int32(deep(secret{0xdeadbeef, 0xfeedface, 0xcafebabe}, nil, 3))
$$;
create function told(how text) returns table (message text, words bool, names bool) language plpgsql as $$
declare d text;
begin
    perform keeper(how);
exception when others then
    get stacked diagnostics d = pg_exception_detail;
    return query select sqlerrm, d ~ '(^|[^+])0x|deadbeef|feedface|cafebabe', d ~ 'keeper';
end $$;
set role mallory;
select how, told.* from unnest('{nil,panic,index,deadlock,stack,goroutine}'::text[]) how, told(how);
select 'alive';
