-- Arguments, results and columns that may be NULL, numbers of other widths, names.
SET timezone = 'UTC';
\pset null NULL
create function a1(title text) returns text language plgo as $$ return strings.ToLower(title) $$;
select a1('ABC'); select a1(null);
create function a2(a int, b int) returns int language plgo as $$ return a + b $$;
select a2(1,2);
create function a3(a int, b int) returns int language plgo as $$ if b == nil { return a }
 return a + *b $$;
select a3(1,2), a3(1,null);
create function a4(s text) returns int language plgo as $$ return len(s) $$;
select a4('abc');
create function a5(s text) returns smallint language plgo strict as $$ return len(s) * 40000 $$;
select a5('abc');
create function a6(s text) returns int language plgo strict as $$ return strconv.Atoi(s) $$;
select a6('12'); select a6('x'); select a6('99999999999');
create function a7(n int) returns int language plgo as $$ return n $$;
select a7(null), a7(5);
create procedure a8(inout n int) language plgo as $$ n = n + 1 $$;
call a8(4); call a8(null);
create function a9(s text) returns setof text language plgo strict as $$
  func split(s string) ([]string, error) { if s == "" { return nil, errors.New("empty") }; return strings.Fields(s), nil }
  return split(s)
$$;
select a9('a b'); select a9('');
create function b1(ok bool, out n int, out s text) language plgo strict as $$ if ok { n = 5; s = "x" } $$;
select * from b1(true); select * from b1(false);
create table pp(id int not null, mail text, at timestamptz, price numeric, grid int[]);
insert into pp values (1, null, 'infinity', 3, '{{1,2},{3,4}}'), (2,'m', '2026-01-01', null, null);
create function b2(r pp) returns text language plgo strict as $$ if r.Mail == nil { return "none" }
 return *r.Mail + fmt.Sprint(r.Id) $$;
select b2(pp) from pp;
create function b3(r pp) returns numeric language plgo strict as $$ return r.Price $$;
select b3(pp) from pp where id = 1; select b3(pp) from pp where id = 2;
create type tt as (a int, b text, c numeric);
create function b4(r tt) returns tt language plgo strict as $$ r.A++; return r $$;
select b4((1,null,null));
create function b5() returns setof tt language plgo as $$ return []Tt{{A: 1}, {A: 2, B: "x", C: nil}} $$;
select b5();
create function b6(r tt) returns text language plgo as $$ return strings.ToUpper(r.B) $$;
select b6((1,'x',null)); select b6(null);
create function b7(s text, d date default null) returns text language plgo as $$ t := s
 return strings.TrimSpace(t) $$;
select b7(' a ');
-- INOUT, NULL rows, fields that are only set, pointers that only their types show.
create procedure c1(n int, inout r int) language plgo as $$ r = *n * 2 $$;
call c1(21, null);
create function c2(inout a int, inout b int) language plgo as $$ a, b = b, a $$;
select * from c2(1, null);
create function c3(r tt) returns text language plgo as $$ return r.B $$;
select c3(null); select c3((1,'x',null)); select c3((1,null,null));
create function c4(n int) returns table(k int, v text, w date) language plgo strict as $$
    var rows []Row
    for i := range n {
        r := Row{K: i}
        if i > 0 {
            r.V = "v"
        }
        rows = append(rows, r)
    }
    return rows
$$;
select * from c4(2);
create function c5(s text) returns text language plgo as $$
    func deref(p *string) string { if p == nil { return "nothing" }; return *p }
    return deref(s)
$$;
select c5(null), c5('x');
create function c6(a int[]) returns bigint language plgo as $$
    var sum int64
    for _, n := range a {
        if n != nil {
            sum += int64(*n)
        }
    }
    return sum
$$;
select c6('{1,null,3}');
create function c7(a text, b text) returns text language plgo as $$ return fmt.Sprintf("%s/%s", strings.ToUpper(a), cmp.Or(b, "none")) $$;
select c7('a', 'b'); select c7('a', null);
create function c8(r pp) returns pp language plgo strict as $$ r.Id *= 10; return r $$;
select c8(pp) from pp where id = 2;
create function c9(r pp[]) returns int language plgo strict as $$ return r[0].Id $$;
select c9(array[pp]) from pp where id = 1;
create function e1(r pp) returns text language plgo strict as $$ return fmt.Sprint(r.Id, r.Mail) $$;
select e1(pp) from pp where id = 2; select e1(pp) from pp where id = 1;
create function e2(s text) returns int language plgo as $$ return strings.ToUpperr(s) $$;
create function e3(s text, n int) returns int language plgo as $$ return s + n $$;
create function e4(n bigint) returns float8 language plgo strict as $$ return n $$;
select e4(5); select e4(9007199254740993);
create function e5(s text) returns int language plgo strict as $$ if s == "" { return nil }; return len(s), nil $$;
select e5(''), e5('abc');
create function e6(s text) returns bigint language plgo strict as $$ var n int32 = 7; return n $$;
select e6('');
-- Names: a function like its type, like a package, types of one name in several schemas.
create table item (n int); insert into item values (7);
create function item(i item) returns int language plgo strict as $$ return i.N $$;
select item(i), i.item from item i;
create function strings(s text) returns text language plgo strict as $$ return strings.ToUpper(s) $$;
create function "time"(s text) returns text language plgo strict as $$ b, err := json.Marshal(s); return string(b), err $$;
select strings('a'), "time"('a'::text);
create schema one; create schema two;
create type one.item as (a int); create type two.item as (b text);
create function three(x item, y one.item, z two.item) returns text language plgo strict as $$ return fmt.Sprint(x.N, y.A, z.B) $$;
select three(row(1), row(2), row('c'));
create function item_(i one.item) returns one.item language plgo strict as $$ i.A++; return i $$;
select item_(row(4));
-- A field or a method is that of a value: NULL has none, and is named, unless the text asks for it.
CREATE FUNCTION year_of(at date) RETURNS int LANGUAGE plgo AS $$ return at.Year() $$;
CREATE FUNCTION days_of(i interval) RETURNS int LANGUAGE plgo AS $$ return i.Days $$;
CREATE FUNCTION type_of(v anyelement) RETURNS bigint LANGUAGE plgo AS $$ return int64(v.OID()) $$;
CREATE FUNCTION type_of_any("any") RETURNS bigint LANGUAGE plgo AS $$ return int64(_1.OID()) $$;
CREATE FUNCTION element_of(a int[]) RETURNS int LANGUAGE plgo AS $$ x, _ := a.At(1); return x $$;
SELECT year_of(NULL);
SELECT days_of(NULL);
SELECT type_of(NULL::int);
SELECT type_of_any(NULL::int);
SELECT element_of(NULL);
SELECT year_of('2026-01-31'), days_of('3 days'), type_of(1), type_of_any(''::text), element_of('{7}');
CREATE FUNCTION year_or(at date, other date) RETURNS int LANGUAGE plgo AS $$ if at == nil { return other.Year() }; return at.Year() $$;
CREATE FUNCTION asked_elsewhere(at date) RETURNS int LANGUAGE plgo AS $$
    func isNull(at *time.Time) bool { return at == nil }
    if isNull(at) { return nil }
    return at.Year()
$$;
SELECT year_or(NULL, '2025-01-31'), asked_elsewhere(NULL), asked_elsewhere('2024-01-31');
