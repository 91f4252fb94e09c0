-- A type is altered while rows of it are made: they are not stored as what the query was told.
set role mallory;
create type ct2 as (a text, b text);
create or replace function mix2(addr bigint) returns setof ct2 language plgo strict as $$
    return func(yield func(Ct2, error) bool) {
        for _, c := range []string{"a", "b"} {
            if _, err := pg.Exec("ALTER TYPE ct2 ALTER ATTRIBUTE " + c + " TYPE int8"); err != nil { yield(Ct2{}, err); return }
        }
        // 01: an external varlena; 01: VARTAG_INDIRECT; then a pointer
        yield(Ct2{A: fmt.Sprint(int64(1 | 1<<8 | addr<<16)), B: "0"}, nil)
    }
$$;
select length(a) from mix2(x'414141414141'::bigint);
select 'alive';
select 'alive';
