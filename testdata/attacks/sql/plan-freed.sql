-- A type changes while the plan that uses it is on the stack.
set role mallory;
create or replace function chk(v text) returns bool language plpgsql as $$ begin return true; end $$;
create domain domx as text check (chk(value));
create type ttx as (a domx, b text);
create or replace function ff(n int) returns ttx language plgo strict as $$
    if n == 1 { return &Ttx{A: "go", B: strings.Repeat("b", 30)} }
    return &Ttx{A: "x", B: "y"}
$$;
select ff(0);
create or replace function chk(v text) returns bool language plpgsql as $$
begin
  if v = 'go' then
    for i in 1..20 loop
      alter type ttx drop attribute b;
      alter type ttx add attribute b text;
    end loop;
    raise notice 'nested: %', (select ff(0));
  end if;
  return true;
end $$;
select ff(1);
select ff(1);
select 'alive';
