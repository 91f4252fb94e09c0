-- What plgo.debug changes, and for whom; that gdb can read it is shown by debug_plgo.txtar.
set pgstd.isolation = backend;
create function twice(n int) returns int language plgo strict as $$
	m := n
	return m + n
$$;
create function "../Ev*l/ é" (n int) returns int language plgo strict as $$
	return 1 / n
$$;
create view shown as
	select regexp_replace(line, '^add-symbol-file ".*/pgstd_objects/\d+/[0-9a-f]{64}\.so" -o 0x[0-9a-f]+$', 'a file and where it is') as line
	from regexp_split_to_table(plgo.debugger(), '\n') line;
create view texts as
	select regexp_replace(name, '.*/', '') as name, text from (
		select folder || '/' || pg_ls_dir(folder) as name from (
			select dir || '/' || pg_ls_dir(dir) as folder from (
				select 'pgstd_objects/' || oid as dir from pg_database where datname = current_database()) d) f
		where folder !~ '\.') t, pg_read_file(t.name) text
	order by 1;
select twice(2);
select * from shown;
set plgo.debug = on;
select * from texts;
select twice(2);
select * from shown;
select name, text from texts;
-- The table has what it had: only this session wants another object.
select function, targets, object_bytes < 2000000 as small from plgo.functions order by 1;
select count(*) from plgo.object where key <> digest;
-- A name leads nowhere else, and a panic has its line.
select "../Ev*l/ é"(0);
select name from texts;
-- Another role has an image of its own, and a debugger sees both.
create role debugger_joe;
set role debugger_joe;
select twice(3);
select plgo.debugger();
set plgo.debug = off;
reset role;
select count(*) from shown;
-- A block, a set and an aggregate.
do language plgo $$
	m := 1
	panic(m)
$$;
create function many(n int) returns setof int language plgo strict as $$
	return func(yield func(int32) bool) {
		for i := range n {
			if !yield(i) { return }
		}
	}
$$;
select plgo.create_aggregate('longest(text) returns text', $$
	type Longest struct{ s string }
	func (l *Longest) Step(s string) { if len(s) > len(l.s) { l.s = s } }
	func (l *Longest) Final() string { return l.s }
$$) is not null as made;
select longest(repeat('x', n)) from many(4) n;
select name from texts;
-- Off again: what is called runs as before; what is not stays loaded as it is.
begin;
set local plgo.debug = off;
select twice(4), longest('x');
select count(*) from shown;
rollback;
select twice(4);
select count(*) from shown;
reset plgo.debug;
select twice(4);
select * from shown;
drop function "../Ev*l/ é";
set pgstd.isolation = cell;
select plgo.debugger();
