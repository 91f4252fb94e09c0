-- The check of a domain re-enters the conversion that runs it: what the domain forbids does not get out.
set role mallory;
create or replace function chk2(v text) returns bool language plpgsql as $$ begin return true; end $$;
create domain d2x as text check (chk2(value) and value not like 'evil%');
create type t2x as (a d2x, b text);
create or replace function ff2(n int) returns t2x language plgo strict as $$
    if n == 1 { return &T2x{A: "evil" + strings.Repeat("e", 3000), B: "b"} }
    return &T2x{A: "ok" + strings.Repeat("o", 3000), B: "y"}
$$;
select left(ff2(0)::text, 10);
select left(ff2(1)::text, 10);
create or replace function chk2(v text) returns bool language plpgsql as $$
declare x text;
begin
  if v like 'evil%' then
    x := ff2(0)::text;
    perform repeat('Z', 5000), repeat('Y', 3000);
  end if;
  return true;
end $$;
select left(ff2(1)::text, 10);
select left((ff2(1)).a, 10);
-- the same in one domain argument / plain domain results
create or replace function fd(n int) returns d2x language plgo strict as $$
    if n == 1 { return "evil" + strings.Repeat("e", 3000) }
    return "ok" + strings.Repeat("o", 3000)
$$;
create or replace function chk2(v text) returns bool language plpgsql as $$
declare x text;
begin
  if v like 'evil%' then
    x := fd(0)::text;
  end if;
  return true;
end $$;
select left(fd(1), 10);
select 'alive';
