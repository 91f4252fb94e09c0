package main

// What the benchmarks of values run: arrays of a thousand elements, single values,
// rows, and documents.
const (
	arrayQuery   = "select sum(%s(a)) from (select array(select generate_series(1, 1000)::bigint)) v(a), generate_series(1, 20000)"
	textsQuery   = "select sum(%s(a)) from (select array(select md5(i::text) from generate_series(1, 1000) i)) v(a), generate_series(1, 2000)"
	numericQuery = "select sum(%s(i)) from generate_series(1::numeric, 200000) i"
	timeQuery    = "select max(%s(t)) from generate_series(timestamptz '2000-01-01', '2030-01-01', '1 hour') t"
	rowQuery     = "select sum((%s(row(i, 1)::bench_pair)).x) from generate_series(1, 200000) i"
	jsonQuery    = `select sum(%s(j)) from (select json_agg(json_build_object('id', i, 'price', i * 1.5, 'name', md5(i::text))) from generate_series(1, 100) i) v(j), generate_series(1, 500)`
)

// valueFunctions are the peers.
const valueFunctions = `
create function c_array_sum(bigint[]) returns bigint as '$libdir/benchc' language c strict;
create function c_texts_size(text[]) returns bigint as '$libdir/benchc' language c strict;
create function plpgsql_array_sum(a bigint[]) returns bigint language plpgsql strict as
	'declare s bigint = 0; v bigint; begin foreach v in array a loop s := s + v; end loop; return s; end';
create function plpgsql_numeric_next(n numeric) returns numeric language plpgsql strict as 'begin return n + 1; end';
create function plpgsql_later(t timestamptz) returns timestamptz language plpgsql strict as $$ begin return t + interval '1 hour'; end $$;
create function plpgsql_flip(p bench_pair) returns bench_pair language plpgsql strict as
	'declare r bench_pair; begin r.x := p.y; r.y := p.x; return r; end';
create function plpgsql_json_total(j json) returns double precision language plpgsql strict as
	$$ declare s double precision = 0; e json; begin for e in select * from json_array_elements(j) loop s := s + (e->>'price')::double precision; end loop; return s; end $$;
`
