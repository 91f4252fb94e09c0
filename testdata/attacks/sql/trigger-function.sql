-- C functions of the language do what they were made for, whoever attaches or calls them.
set role mallory;
create table evil (key bigint, target text, c3 int, c4 int, c5 int, c6 int, c7 int, c8 int, c9 int, c10 int, c11 int, c12 int);
create trigger t before insert on evil for each row execute function plgo.restored();
create event trigger e on sql_drop execute function plgo.tidy();
select plgo.restored();
select plgo.tidy();
select plgo_call_handler();
select plgo_validator(0);
reset role;
-- Nor is a superuser's mistake believed.
create trigger t before insert on evil for each row execute function plgo.restored();
insert into evil values (x'4141414141'::bigint, 'x', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
create table object (like plgo.object);
create trigger t before insert on object for each row execute function plgo.restored();
insert into object values (0, 0, 'x', 'x', 'x', 'x', 'x', 'x', 0, now(), 'x');
create trigger t after delete on plgo.object for each statement execute function plgo.restored();
delete from plgo.object;
create event trigger e on ddl_command_end execute function plgo.tidy();
create table d (a int);
drop event trigger e;
select plgo.restored();
select plgo.tidy();
select plgo_call_handler();
select 'alive';
