-- The CHECK of a domain calls the set-returning function that is being read, and lets it die.
set role mallory;
create function chk(v int) returns boolean language plpgsql as $$
begin
    begin perform * from f(true); exception when others then null; end;
    return true;
end $$;
create domain d as int check (chk(value));
create function f(die boolean) returns setof d language plgo strict as $$
    if die {
        go panic("die")
        select {}
    }
    rows := make([]int32, 2000)
    for i := range rows {
        rows[i] = int32(i)
    }
    return rows, nil
$$;
select count(*) from f(false);
select 'alive';
