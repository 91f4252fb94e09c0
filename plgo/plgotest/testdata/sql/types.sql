-- Values of all types, through a function and back.
\pset null NULL
SET datestyle = 'ISO, MDY';
SET intervalstyle = 'postgres';

CREATE FUNCTION b(v bool) RETURNS bool LANGUAGE plgo STRICT AS $$ return !v $$;
CREATE FUNCTION i2(v smallint) RETURNS smallint LANGUAGE plgo STRICT AS $$ return v + 1 $$;
CREATE FUNCTION i4(v int) RETURNS int LANGUAGE plgo STRICT AS $$ return v + 1 $$;
CREATE FUNCTION i8(v bigint) RETURNS bigint LANGUAGE plgo STRICT AS $$ return v + 1 $$;
CREATE FUNCTION f4(v real) RETURNS real LANGUAGE plgo STRICT AS $$ return v / 2 $$;
CREATE FUNCTION f8(v float8) RETURNS float8 LANGUAGE plgo STRICT AS $$ return math.Sqrt(v) $$;
SELECT b(true), i2(-2::smallint), i4(2147483646), i8(9223372036854775806), f4(1.5), f8(2), f8('NaN'), f8('Infinity'), f8(-1);
SELECT i4(2147483647), i2(32767::smallint);
CREATE FUNCTION s(v text) RETURNS text LANGUAGE plgo STRICT AS $$ return strings.ToUpper(v) $$;
CREATE FUNCTION vc(v varchar(5)) RETURNS varchar(3) LANGUAGE plgo STRICT AS $$ return v + "!" $$;
CREATE FUNCTION bp(v char(5)) RETURNS char(8) LANGUAGE plgo STRICT AS $$ return "[" + v + "]" $$;
CREATE FUNCTION nm(v name) RETURNS name LANGUAGE plgo STRICT AS $$ return v + "_x" $$;
CREATE FUNCTION by(v bytea) RETURNS bytea LANGUAGE plgo STRICT AS $$ return append(v, 0, 255) $$;
SELECT s('äöü ß'), s(''), vc('hello'), bp('ab'), nm('n'), by('\x0102'), by('');
CREATE FUNCTION bad_text() RETURNS text LANGUAGE plgo AS $$ return "a\xffb" $$;
CREATE FUNCTION zero_text() RETURNS text LANGUAGE plgo AS $$ return "a\x00b" $$;
SELECT bad_text();
SELECT zero_text();
CREATE FUNCTION nil_bytes() RETURNS bytea LANGUAGE plgo AS $$ var v []byte; return v $$;
CREATE FUNCTION null_bytes() RETURNS bytea LANGUAGE plgo AS $$ return nil $$;
SELECT nil_bytes(), null_bytes();

CREATE FUNCTION num(v numeric) RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprintf("%T %v", v, v) $$;
CREATE FUNCTION num_back(v text) RETURNS numeric LANGUAGE plgo STRICT AS $$ return pg.Numeric(v) $$;
SELECT num(12.50), num('NaN'), num(1e30), num(-0.000001), num_back('123.4500'), num_back('-Infinity');
SELECT num_back('no number');
CREATE FUNCTION u(v uuid) RETURNS uuid LANGUAGE plgo STRICT AS $$ v[0]++; return v $$;
SELECT u('00000000-0000-0000-0000-00000000000f');
CREATE FUNCTION o(v oid) RETURNS oid LANGUAGE plgo STRICT AS $$ return v + 1 $$;
SELECT o(4294967294);

-- Times.
CREATE FUNCTION ts(v timestamp) RETURNS timestamp LANGUAGE plgo STRICT AS $$ return v.Add(time.Hour) $$;
CREATE FUNCTION tstz(v timestamptz) RETURNS timestamptz LANGUAGE plgo STRICT AS $$ return v.AddDate(0, 0, 1) $$;
CREATE FUNCTION d(v date) RETURNS date LANGUAGE plgo STRICT AS $$ return v.AddDate(0, 1, 0) $$;
CREATE FUNCTION t(v time) RETURNS time LANGUAGE plgo STRICT AS $$ return v + 90*time.Minute $$;
CREATE FUNCTION iv(v interval) RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprintf("%T %+v", v, v) $$;
CREATE FUNCTION weekday(v date) RETURNS text LANGUAGE plgo STRICT AS $$ return v.Weekday().String() $$;
SELECT ts('2026-03-29 01:30:00.123456'), tstz('2026-12-31 23:00+00'), d('2026-01-31'), t('22:00'), iv('1 year 2 days 3 hours'), weekday('2000-01-01');
SELECT d('infinity');
SELECT t('23:00');
SET timezone = 'Europe/Berlin';
SELECT tstz('2026-03-28 12:00'), ts('2026-03-28 12:00');
RESET timezone;

-- JSON.
CREATE FUNCTION js(v json) RETURNS text LANGUAGE plgo STRICT AS $$
    var m map[string]any
    err := json.Unmarshal(v, &m)
    return fmt.Sprint(m), err
$$;
CREATE FUNCTION jb(v jsonb) RETURNS jsonb LANGUAGE plgo STRICT AS $$
    var list []int
    if err := json.Unmarshal(v, &list); err != nil {
        return nil, err
    }
    slices.Reverse(list)
    return json.Marshal(list)
$$;
CREATE FUNCTION jbad() RETURNS jsonb LANGUAGE plgo AS $$ return json.RawMessage("{not json") $$;
SELECT js('{"a": 1, "b": [true, null]}'), jb('[1,2,3]');
SELECT jb('{}');
SELECT jbad();

-- Arrays.
CREATE FUNCTION ai(v int[]) RETURNS int[] LANGUAGE plgo STRICT AS $$ slices.Sort(v); return v $$;
CREATE FUNCTION at(v text[]) RETURNS text[] LANGUAGE plgo STRICT AS $$ return append(v, "more", "it's", `"q"`, "") $$;
CREATE FUNCTION nulls(v int[]) RETURNS int LANGUAGE plgo STRICT AS $$
    n := int32(0)
    for _, p := range v {
        if p == nil {
            n++
        }
    }
    return n
$$;
CREATE FUNCTION with_nulls() RETURNS text[] LANGUAGE plgo AS $$ s := "x"; return []*string{&s, nil} $$;
CREATE FUNCTION empty_array() RETURNS int[] LANGUAGE plgo AS $$ return []int32{} $$;
CREATE FUNCTION nil_array() RETURNS int[] LANGUAGE plgo AS $$ var v []int32; return v $$;
CREATE FUNCTION null_array() RETURNS int[] LANGUAGE plgo AS $$ return nil $$;
CREATE FUNCTION dates(v date[]) RETURNS date[] LANGUAGE plgo STRICT AS $$
    for i := range v {
        v[i] = v[i].AddDate(1, 0, 0)
    }
    return v
$$;
CREATE FUNCTION bools(v bool[]) RETURNS bool[] LANGUAGE plgo STRICT AS $$ return append(v, true) $$;
CREATE FUNCTION bytes_array(v bytea[]) RETURNS bytea[] LANGUAGE plgo STRICT AS $$ return append(v, []byte{1}) $$;
SELECT ai('{3,1,2}'), ai('{}'), at('{a}'), nulls('{1,NULL,2,NULL}'), with_nulls(), empty_array(), nil_array(), null_array();
SELECT dates('{2024-02-29,2025-01-01}'), bools('{f}'), bytes_array('{}');
SELECT ai('{{1,2},{3,4}}');
SELECT ai('[5:6]={1,2}');
SELECT ai(NULL);

-- Enums, domains, ranges, network, bits, geometry, and what a type of one's own is.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE FUNCTION better(v mood) RETURNS mood LANGUAGE plgo STRICT AS $$
    if v == "sad" {
        return "ok"
    }
    return "happy"
$$;
CREATE FUNCTION bad_mood() RETURNS mood LANGUAGE plgo AS $$ return "angry" $$;
SELECT better('sad'), better('ok');
SELECT bad_mood();
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN short AS varchar(3) NOT NULL;
CREATE DOMAIN even AS positive CHECK (VALUE % 2 = 0);
CREATE FUNCTION less(v positive) RETURNS positive LANGUAGE plgo STRICT AS $$ return v - 1 $$;
CREATE FUNCTION shorten(v text) RETURNS short LANGUAGE plgo AS $$ return v $$;
CREATE FUNCTION half(v even) RETURNS even LANGUAGE plgo STRICT AS $$ return v / 2 $$;
CREATE FUNCTION positives(v positive[]) RETURNS positive[] LANGUAGE plgo STRICT AS $$ return append(v, v[0]-1) $$;
SELECT less(2), shorten('abc'), half(8);
SELECT less(1);
SELECT shorten('abcd');
SELECT shorten(NULL);
SELECT half(6);
SELECT positives('{3}');
SELECT positives('{1}');
CREATE FUNCTION r(v int4range) RETURNS int4range LANGUAGE plgo STRICT AS $$ return v $$;
CREATE FUNCTION net(v inet) RETURNS text LANGUAGE plgo STRICT AS $$ return v.Masked().String() $$;
CREATE FUNCTION bits(v varbit) RETURNS varbit LANGUAGE plgo STRICT AS $$ return v $$;
CREATE FUNCTION pt(v point) RETURNS point LANGUAGE plgo STRICT AS $$ return v $$;
CREATE FUNCTION mac(v macaddr) RETURNS macaddr LANGUAGE plgo STRICT AS $$ return strings.ToUpper(v) $$;
CREATE FUNCTION cash(v money) RETURNS money LANGUAGE plgo STRICT AS $$ return v $$;
CREATE FUNCTION x(v xml) RETURNS xml LANGUAGE plgo STRICT AS $$ return "<a>" + v + "</a>" $$;
CREATE FUNCTION tsv(v tsvector) RETURNS text LANGUAGE plgo STRICT AS $$ return v $$;
CREATE FUNCTION rc(v regclass) RETURNS regclass LANGUAGE plgo STRICT AS $$ return v $$;
SELECT r('[1,5)'), net('192.168.1.77/24'), bits('101'), pt('(1,2)'), mac('08:00:2b:01:02:03'), cash('12.34'), x('b'), tsv('a b'), rc('pg_class');

-- Large values, compressed and out of line.
CREATE TABLE large (id int, t text, b bytea);
ALTER TABLE large ALTER b SET STORAGE EXTERNAL;
INSERT INTO large VALUES (1, repeat('0123456789', 100000), decode(repeat('00ff', 500000), 'hex')), (2, 'small', '\x01'), (3, NULL, NULL);
CREATE FUNCTION size(t text, b bytea) RETURNS text LANGUAGE plgo AS $$
    if t == nil {
        return "nothing"
    }
    return fmt.Sprint(len(*t), " ", len(*b), " ", crc32.ChecksumIEEE([]byte(*t)))
$$;
SELECT id, size(t, b) FROM large ORDER BY id;
CREATE FUNCTION grow(n int) RETURNS text LANGUAGE plgo STRICT AS $$ return strings.Repeat("x", int(n)) $$;
SELECT length(grow(50000000));
SELECT length(grow(1));
