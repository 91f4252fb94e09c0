-- a parameter whose type PostgreSQL has to find out, in a statement that reads a transition table
\set ON_ERROR_STOP off
set role mallory;
create table nt(a inet, b numeric(6, 2));
create function tr() returns trigger language plgo as $$
    var n int64
    if err := pg.QueryRow("select count(*) from new_rows where a = $1", netip.MustParseAddr("10.0.0.1")).Scan(&n); err != nil {
        return err
    }
    pg.Notice(fmt.Sprint(n, " of them"))
    return nil
$$;
create trigger tr after insert on nt referencing new table as new_rows for each statement execute function tr();
insert into nt values ('10.0.0.1'), ('10.0.0.2');
insert into nt values ('10.0.0.1'), ('10.0.0.1');
-- by a cursor, with both tables
create function both_tables() returns trigger language plgo as $$
    for row, err := range pg.Query("select n.a::text from old_rows o join new_rows n on n.a = o.a where n.a = $1 order by 1",
            netip.MustParseAddr("10.0.0.1")) {
        if err != nil { return err }
        var a string
        if err := row.Scan(&a); err != nil { return err }
        pg.Notice(a)
    }
    return nil
$$;
create trigger tu after update on nt referencing old table as old_rows new table as new_rows for each statement execute function both_tables();
update nt set b = 1;
update nt set b = b + 1 where a = '10.0.0.1';
-- the same function and text in two triggers: each has tables of its own
create table named(a inet);
insert into named values ('10.0.0.1'), ('10.0.0.1'), ('10.0.0.1');
create function same_text() returns trigger language plgo as $$
    var n int64
    if err := pg.QueryRow("select count(*) from named where a = $1", netip.MustParseAddr("10.0.0.1")).Scan(&n); err != nil {
        return err
    }
    pg.Notice(fmt.Sprint(n, " of them"))
    return nil
$$;
create table st(a inet);
create trigger s1 after insert on st referencing new table as named for each statement execute function same_text();
create trigger s2 after insert on st referencing new table as other for each statement execute function same_text();
create trigger s3 after insert on st for each statement execute function same_text();
insert into st values ('10.0.0.1');
insert into st values ('10.0.0.1'), ('10.0.0.1');
-- a table that has changed asks for another type
create function by_value() returns trigger language plgo as $$
    var n int64
    if err := pg.QueryRow("select count(*) from rows where v = $1", netip.MustParseAddr("10.0.0.1")).Scan(&n); err != nil {
        return err
    }
    pg.Notice(fmt.Sprint(n, " of them"))
    return nil
$$;
create table vt(v text);
create trigger vt after insert on vt referencing new table as rows for each statement execute function by_value();
insert into vt values ('10.0.0.1');
alter table vt alter v type inet using v::inet;
insert into vt values ('10.0.0.1'), ('10.0.0.1/32');
alter table vt alter v type varchar(20);
insert into vt values ('10.0.0.1'), ('10.0.0.1/32');
-- a conflict of types is the statement's error
create function conflict() returns trigger language plgo as $$
    _, err := pg.Exec("select from new_rows where a = $1 and b = $1", netip.MustParseAddr("10.0.0.1"))
    return err
$$;
create trigger zz after insert on nt referencing new table as new_rows for each statement execute function conflict();
insert into nt values ('10.0.0.1');
select 'alive';
