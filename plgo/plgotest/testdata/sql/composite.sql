-- Rows as arguments, results, and in queries.
\pset null NULL

CREATE TYPE pair AS (first int, second text);
CREATE FUNCTION text_of(p pair) RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprintf("%d/%s", p.First, p.Second) $$;
CREATE FUNCTION swap(p pair) RETURNS pair LANGUAGE plgo STRICT AS $$
    n, err := strconv.Atoi(p.Second)
    return Pair{int32(n), strconv.Itoa(int(p.First))}, err
$$;
CREATE FUNCTION maybe(p pair) RETURNS pair LANGUAGE plgo AS $$
    if p == nil {
        return nil
    }
    return *p
$$;
SELECT text_of((1, 'a')), text_of(row(2, 'b')::pair), swap((7, '8')), (swap((1, '2'))).first, maybe(NULL), maybe((1, 'x'));
SELECT * FROM swap((7, '8'));
SELECT swap((7, 'x'));
SELECT text_of((1, NULL));
CREATE FUNCTION null_fields(p pair) RETURNS text LANGUAGE plgo STRICT AS $$
    if p.First == nil && p.Second == nil {
        return "both"
    }
    return "not both"
$$;
SELECT null_fields((NULL, NULL)), null_fields((1, NULL));
CREATE FUNCTION make_null() RETURNS pair LANGUAGE plgo AS $$ n := int32(1); return Pair{First: &n} $$;
SELECT make_null();

-- A table's rows; columns dropped, added, renamed, retyped: seen by functions that exist.
CREATE TABLE items (id int, old text, name text, price numeric);
INSERT INTO items VALUES (1, 'x', 'one', 1.50), (2, 'y', 'two', NULL);
CREATE FUNCTION label(i items) RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprint(*i.ID, "-", *i.Name, "-", i.Price != nil) $$;
CREATE FUNCTION label2(i items) RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprint(*i.Id, "-", *i.Name, "-", i.Price != nil) $$;
SELECT label2(items) FROM items ORDER BY id;
ALTER TABLE items DROP COLUMN old;
SELECT label2(items) FROM items ORDER BY id;
ALTER TABLE items ADD COLUMN added int DEFAULT 5;
SELECT label2(items) FROM items ORDER BY id;
CREATE FUNCTION first_item() RETURNS items LANGUAGE plgo AS $$
    id, name, added := int32(9), "nine", int32(1)
    return Items{Id: &id, Name: &name, Added: &added}
$$;
SELECT first_item();
ALTER TABLE items DROP COLUMN price;
SELECT first_item();
SELECT label2(items) FROM items ORDER BY id;
ALTER TABLE items ADD COLUMN price bigint;
SELECT label2(items) FROM items ORDER BY id;
ALTER TABLE items RENAME name TO title;
SELECT label2(items) FROM items ORDER BY id;
ALTER TABLE items RENAME title TO name;
SELECT label2(items) FROM items ORDER BY id;
BEGIN;
ALTER TABLE items ALTER id TYPE bigint;
SELECT label2(items) FROM items ORDER BY id;
ROLLBACK;
SELECT label2(items) FROM items ORDER BY id;

-- Nested, in arrays, with domains, with names that need quotes, in other schemas.
CREATE SCHEMA "Other Schema";
CREATE TYPE "Other Schema"."my type" AS ("select" int, "a b" text, "Ünï" pair, list int[], pairs pair[]);
CREATE FUNCTION quoted(v "Other Schema"."my type") RETURNS text LANGUAGE plgo STRICT AS $$
    return fmt.Sprint(v.Select, " ", v.AB, " ", v.Ünï.Second, " ", v.List, " ", len(v.Pairs), " ", v.Pairs[0].First)
$$;
CREATE FUNCTION quoted_back(n int) RETURNS "Other Schema"."my type" LANGUAGE plgo STRICT AS $$
    return MyType{Select: n, AB: "x", Ünï: Pair{1, "y"}, List: []int32{n, n}, Pairs: []Pair{{2, "z"}, {3, "(\",)"}}}
$$;
SELECT quoted((1, 'two', (3, 'four'), '{5,6}', ARRAY[(7, 'x')::pair])::"Other Schema"."my type");
SELECT quoted_back(5), quoted(quoted_back(6));
CREATE FUNCTION many(p pair[]) RETURNS pair[] LANGUAGE plgo STRICT AS $$ slices.Reverse(p); return p $$;
SELECT many(ARRAY[(1, 'a'), (2, 'b')]::pair[]);
CREATE TYPE public."type" AS ("func" int, "int" int, "string" text);
CREATE FUNCTION keywords(t "type") RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprint(t.Func, t.Int, t.String) $$;
SELECT keywords((1, 2, 'three'));
CREATE TYPE "string" AS (a int);
CREATE FUNCTION shadow(v "string", w text) RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprint(v.A, w) $$;
SELECT shadow(row(1), 'w');
-- Two types of one name, and fields that differ in nothing but what Go cannot have.
CREATE SCHEMA other;
CREATE TYPE other.pair AS (x float8);
CREATE FUNCTION both_pairs(a pair, b other.pair) RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprint(a.First, b.X) $$;
SELECT both_pairs((1, ''), row(2.5));
CREATE TYPE twins AS ("a b" int, "a_b" int);
CREATE FUNCTION of_twins(t twins) RETURNS int LANGUAGE plgo STRICT AS $$ return t.AB - t.AB_ $$;
SELECT of_twins((9, 4));
-- Composite domains.
CREATE DOMAIN good_pair AS pair CHECK ((VALUE).first > 0);
CREATE FUNCTION good(n int) RETURNS good_pair LANGUAGE plgo STRICT AS $$ return Pair{n, "x"} $$;
CREATE FUNCTION good_text(p good_pair) RETURNS text LANGUAGE plgo STRICT AS $$ return p.Second $$;
SELECT good(1), good_text(good(1));
SELECT good(0);
-- Records by name, in queries.
CREATE FUNCTION by_name(query text, col text) RETURNS text LANGUAGE plgo STRICT AS $$
    var r pg.Record
    if err := pg.QueryRow(query).Scan(&r); err != nil {
        return "", err
    }
    var v string
    if err := r.Get(col, &v); err != nil {
        return "", err
    }
    return fmt.Sprint(r.Columns(), " ", v)
$$;
SELECT by_name('SELECT i FROM items i WHERE id = 1', 'name');
SELECT by_name('SELECT i FROM items i WHERE id = 1', 'nothing');
SELECT by_name($$SELECT row(1, 'two'::text)$$, 'f2');
-- A column-less one, and one with a single column.
CREATE TYPE single AS (lone text);
CREATE FUNCTION one(s single) RETURNS single LANGUAGE plgo STRICT AS $$ s.Lone += "!"; return s $$;
SELECT one(row('x'));
CREATE TABLE no_columns ();
CREATE FUNCTION no_column(n no_columns) RETURNS no_columns LANGUAGE plgo STRICT AS $$ return n $$;
INSERT INTO no_columns DEFAULT VALUES;
SELECT no_column(n) FROM no_columns n;
CREATE FUNCTION rows_of_none(n no_columns[]) RETURNS SETOF no_columns LANGUAGE plgo STRICT AS $$
    return func(yield func(NoColumns, error) bool) { for _, one := range n { if !yield(one, nil) { return } } }
$$;
SELECT count(*) FROM rows_of_none(ARRAY[row(), row()]::no_columns[]);
-- The anonymous record of OUT columns in a join.
CREATE FUNCTION parts(s text, OUT head text, OUT tail text) LANGUAGE plgo STRICT AS $$ head, tail, _ = strings.Cut(s, "-") $$;
SELECT i.id, p.* FROM items i, parts(i.name || '-' || i.id) p ORDER BY 1;
-- Records without a declared type.
CREATE FUNCTION any_row(r record) RETURNS text LANGUAGE plgo STRICT AS $$ return strings.Join(r.Columns(), ",") $$;
SELECT any_row(row(1, 'x')), any_row(items) FROM items ORDER BY items.id;
CREATE FUNCTION some_record(query text) RETURNS record LANGUAGE plgo STRICT AS $$
    var r pg.Record
    err := pg.QueryRow(query).Scan(&r)
    return r, err
$$;
SELECT some_record('SELECT i FROM items i WHERE id = 1');
SELECT * FROM some_record('SELECT i FROM items i WHERE id = 1') AS (a int, b text, c int, d bigint);
SELECT * FROM some_record('SELECT i FROM items i WHERE id = 1') AS (a int, b text);
CREATE FUNCTION some_records(query text) RETURNS SETOF record LANGUAGE plgo STRICT AS $$
    return func(yield func(pg.Record, error) bool) {
        for row, err := range pg.Query(query) {
            var r pg.Record
            if err == nil {
                err = row.Scan(&r)
            }
            if !yield(r, err) || err != nil {
                return
            }
        }
    }
$$;
SELECT * FROM some_records('SELECT i FROM items i ORDER BY id') AS (a int, b text, c int, d bigint);
SELECT * FROM some_records('SELECT row(1, $$x$$::text) UNION ALL SELECT row(2, $$y$$::text)') AS (a int, b text) WHERE a > 1;
SELECT * FROM some_records('SELECT i FROM items i ORDER BY id') AS (a int, b text, c int, d text);
SELECT some_records('SELECT row(1, 2)');
SELECT * FROM some_records('SELECT row(1, 77::bigint)') AS (a int, b text);
SELECT * FROM some_records('SELECT row(1, 77::bigint)') AS (a int);
SELECT * FROM some_records('SELECT row(1, $$y$$)') AS (a int, b text);
-- A field that is only set may be NULL before.
CREATE TABLE tasks (id int, done date, note text);
CREATE TABLE folders (l tasks, note text);
INSERT INTO tasks VALUES (1), (2);
CREATE FUNCTION finish(t tasks) RETURNS tasks LANGUAGE plgo STRICT AS $$ t.Note = "x"; u := t; u.Done = time.Unix(0, 0); return u $$;
SELECT finish(tasks) FROM tasks;
CREATE FUNCTION finish_all(ts tasks[]) RETURNS SETOF tasks LANGUAGE plgo STRICT AS $$
    for i := range ts {
        ts[i].Note = strconv.Itoa(i)
    }
    return ts
$$;
SELECT finish_all(array_agg(tasks)) FROM tasks;
CREATE FUNCTION fetched() RETURNS SETOF tasks LANGUAGE plgo AS $$
    ts, err := pg.CollectRows(pg.Query("SELECT * FROM tasks"), pg.RowToStructByName[Tasks])
    for i := range ts {
        ts[i].Done = time.Unix(0, 0)
    }
    return ts, err
$$;
SELECT fetched();
CREATE FUNCTION inner_one(b folders) RETURNS folders LANGUAGE plgo STRICT AS $$ b.L.Note = "inner"; b.Note = "outer"; return b $$;
SELECT inner_one(ROW(ROW(1, NULL, NULL), NULL));
CREATE FUNCTION made_besides(t tasks) RETURNS tasks LANGUAGE plgo STRICT AS $$
    if u := (Tasks{Id: 2, Done: time.Unix(0, 0), Note: "x"}); t.Id == 2 {
        return u
    }
    return t
$$;
SELECT made_besides(tasks) FROM tasks;
-- One that is read as a value is none.
CREATE FUNCTION longer(t tasks) RETURNS tasks LANGUAGE plgo STRICT AS $$ t.Note += "x"; return t $$;
SELECT longer(tasks) FROM tasks;
