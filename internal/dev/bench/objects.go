package main

import (
	"context"
	"fmt"
)

// What an extension makes besides functions: an aggregate of ten million rows and one of many
// groups, a window function, a type that is sorted by Go code, and an operator that filters.
const (
	aggregateQuery = "select %s(i) from generate_series(1, 10000000) i"
	windowQuery    = "select count(v) from (select %s(i) over () as v from generate_series(1::bigint, 1000000) i offset 0) s"
	sortQuery      = "select count(*) from (select v from %s order by v offset 0) s"
	filterQuery    = "select count(*) from generate_series(1::bigint, 3000000) i where i operator(public.%s) 4"
	searchQuery    = "select count(*) from generate_series(1, 300) q, %s array['w' || q %% 97, 'v' || q %% 13]"
	groups         = 100000
	groupsQuery    = "select max(h) + 0 * sum(t) from (select %s(i) as t, case when i = 1 then ours_heap() end as h from generate_series(1, %d) i group by i) s"
)

// objectFunctions are the peers.
const objectFunctions = `
create extension objects;
create function c_total_step(internal, bigint) returns internal as '$libdir/benchc' language c;
create function c_total_final(internal) returns bigint as '$libdir/benchc' language c;
create aggregate c_total(bigint) (sfunc = c_total_step, stype = internal, finalfunc = c_total_final);
create unlogged table ours_sorted as select ((i * 7919) % 1000003)::text::ours_cents as v from generate_series(1::bigint, 1000000) i;
create type c_cents;
create function c_cents_in(cstring) returns c_cents as '$libdir/benchc' language c strict immutable;
create function c_cents_out(c_cents) returns cstring as '$libdir/benchc' language c strict immutable;
create type c_cents (input = c_cents_in, output = c_cents_out, internallength = 8, passedbyvalue, alignment = double);
create function c_cents_cmp(c_cents, c_cents) returns int as '$libdir/benchc' language c strict immutable;
create function c_cents_lt(c_cents, c_cents) returns boolean as '$libdir/benchc' language c strict immutable;
create function c_cents_gt(c_cents, c_cents) returns boolean as '$libdir/benchc' language c strict immutable;
create function c_cents_eq(c_cents, c_cents) returns boolean as '$libdir/benchc' language c strict immutable;
create operator = (function = c_cents_eq, leftarg = c_cents, rightarg = c_cents, commutator = =);
create operator < (function = c_cents_lt, leftarg = c_cents, rightarg = c_cents, commutator = >);
create operator > (function = c_cents_gt, leftarg = c_cents, rightarg = c_cents, commutator = <);
create operator class c_cents_ops default for type c_cents using btree as operator 1 <, operator 3 =, operator 5 >, function 1 c_cents_cmp(c_cents, c_cents);
create unlogged table c_sorted as select ((i * 7919) % 1000003)::text::c_cents as v from generate_series(1::bigint, 1000000) i;
analyze ours_sorted, c_sorted;
create unlogged table tagged as select array['w' || i % 97, 'v' || i % 13, 'u' || i % 1009] as v, array['w' || i % 97, 'v' || i % 13, 'u' || i % 1009] collate "C" as c from generate_series(1, 100000) i;
create index on tagged using gin (v ours_words);
create index on tagged using gin (c);
analyze tagged;
create function c_divides(bigint, bigint) returns boolean as '$libdir/benchc' language c strict immutable;
create operator ||% (function = c_divides, leftarg = bigint, rightarg = bigint);
`

// groupBytes measures what a group's state takes in the world, beside what one group takes alone.
func groupBytes(ctx context.Context, l *lab, _ bool) (float64, float64, error) {
	var many, one float64
	for _, q := range []struct {
		n  int
		to *float64
	}{{1, &one}, {groups, &many}} {
		if err := l.session.QueryRow(ctx, fmt.Sprintf(groupsQuery, "ours_four", q.n)).Scan(q.to); err != nil {
			return 0, 0, err
		}
	}
	const own = 32 // the state itself
	return (many - one) / groups, own, nil
}
