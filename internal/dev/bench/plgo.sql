-- What plgo is compared with: the same in C, in stock Go, and in the languages that
-- PostgreSQL brings.
create function c_add_one(bigint) returns bigint as '$libdir/benchc' language c strict;
create function c_echo(text) returns text as '$libdir/benchc' language c strict;
create function c_array_sum(bigint[]) returns bigint as '$libdir/benchc' language c strict;
create function c_bump() returns trigger as '$libdir/benchc' language c;
create function stock_fib(bigint) returns bigint as '$libdir/stock_compute' language c strict;
create function stock_collatz(bigint) returns bigint as '$libdir/stock_compute' language c strict;

create function plgo_add_one(n bigint) returns bigint language plgo strict as $$ return n + 1 $$;
create function plpgsql_add_one(n bigint) returns bigint language plpgsql strict as $$ begin return n + 1; end $$;
create function plpython_add_one(n bigint) returns bigint language plpython3u strict as $$ return n + 1 $$;
create function plperl_add_one(n bigint) returns bigint language plperl strict as $$ return $_[0] + 1; $$;
create function pltcl_add_one(n bigint) returns bigint language pltcl strict as $$ return [expr {$1 + 1}] $$;

create function plgo_echo(t text) returns text language plgo strict as $$ return t $$;
create function plpgsql_echo(t text) returns text language plpgsql strict as $$ begin return t; end $$;
create function plpython_echo(t text) returns text language plpython3u strict as $$ return t $$;
create function plperl_echo(t text) returns text language plperl strict as $$ return $_[0]; $$;
create function pltcl_echo(t text) returns text language pltcl strict as $$ return $1 $$;

create function plgo_array_sum(a bigint[]) returns bigint language plgo strict as $$
	var sum int64
	for _, v := range a {
		sum += v
	}
	return sum
$$;
create function plpgsql_array_sum(a bigint[]) returns bigint language plpgsql strict as
	$$ declare s bigint = 0; v bigint; begin foreach v in array a loop s := s + v; end loop; return s; end $$;
create function plpython_array_sum(a bigint[]) returns bigint language plpython3u strict as $$ return sum(a) $$;
create function plperl_array_sum(a bigint[]) returns bigint language plperl strict as
	$$ my $s = 0; $s += $_ for @{$_[0]}; return $s; $$;
create function pltcl_array_sum(a bigint[]) returns bigint language pltcl strict as
	$$ set s 0; foreach v [split [string trim $1 "{}"] ","] { incr s $v }; return $s $$;

create table looked_up (n bigint primary key);
insert into looked_up select i from generate_series(0, 99) i;
analyze looked_up;
create function plgo_lookup(k bigint) returns bigint language plgo strict as $$
	var n int64
	err := pg.QueryRow("SELECT l.n FROM looked_up l WHERE l.n = $1", k%100).Scan(&n)
	return n, err
$$;
create function plpgsql_lookup(k bigint) returns bigint language plpgsql strict as
	$$ declare m bigint; begin select l.n into m from looked_up l where l.n = k % 100; return m; end $$;
create function plpython_lookup(k bigint) returns bigint language plpython3u strict as $$
if "plan" not in SD:
    SD["plan"] = plpy.prepare("SELECT l.n FROM looked_up l WHERE l.n = $1", ["bigint"])
return plpy.execute(SD["plan"], [k % 100])[0]["n"]
$$;
create function plperl_lookup(k bigint) returns bigint language plperl strict as $$
	$_SHARED{plan} //= spi_prepare('SELECT l.n FROM looked_up l WHERE l.n = $1', 'bigint');
	return spi_exec_prepared($_SHARED{plan}, $_[0] % 100)->{rows}[0]{n};
$$;
create function pltcl_lookup(k bigint) returns bigint language pltcl strict as $$
	if {![info exists GD(plan)]} {
		set GD(plan) [spi_prepare "SELECT l.n FROM looked_up l WHERE l.n = \$1" "int8"]
	}
	spi_execp $GD(plan) [list [expr {$1 % 100}]]
	return $n
$$;

create function plgo_bump() returns trigger language plgo as $$
	var n int64
	if err := t.New.Get("n", &n); err != nil {
		return err
	}
	return t.New.Set("n", n+1)
$$;
create function plpgsql_bump() returns trigger language plpgsql as $$ begin new.n := new.n + 1; return new; end $$;
create function plpython_bump() returns trigger language plpython3u as $$
TD["new"]["n"] += 1
return "MODIFY"
$$;
create function plperl_bump() returns trigger language plperl as $$ $_TD->{new}{n}++; return "MODIFY"; $$;
create function pltcl_bump() returns trigger language pltcl as $$ incr NEW(n); return [array get NEW] $$;
do $$
declare
	l text;
begin
	foreach l in array array['plgo', 'c', 'plpgsql', 'plpython', 'plperl', 'pltcl'] loop
		execute format('create unlogged table %I (id bigint, n bigint, s text)', l || '_bumped');
		execute format('create trigger bump before insert on %I for each row execute function %I()', l || '_bumped', l || '_bump');
		execute format('create function %I(n bigint) returns void language sql as %L', l || '_bumped',
			format('truncate %1$I; insert into %1$I select i, 0, ''some text'' from generate_series(1, n) i', l || '_bumped'));
	end loop;
end $$;

create function plgo_fib(n bigint) returns bigint language plgo strict as $$
	func fib(n int64) int64 {
		if n < 2 {
			return n
		}
		return fib(n-1) + fib(n-2)
	}
	return fib(n)
$$;
create function plpgsql_fib(n bigint) returns bigint language plpgsql strict as
	$$ begin if n < 2 then return n; end if; return plpgsql_fib(n - 1) + plpgsql_fib(n - 2); end $$;
create function plpython_fib(n bigint) returns bigint language plpython3u strict as $$
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
return fib(n)
$$;
create function plperl_fib(n bigint) returns bigint language plperl strict as $$
	my $fib;
	$fib = sub { my $n = shift; return $n < 2 ? $n : $fib->($n - 1) + $fib->($n - 2); };
	return $fib->($_[0]);
$$;
create function pltcl_fib(n bigint) returns bigint language pltcl strict as $$
	proc fib {n} { if {$n < 2} { return $n }; return [expr {[fib [expr {$n - 1}]] + [fib [expr {$n - 2}]]}] }
	return [fib $1]
$$;

create function plgo_collatz(most bigint) returns bigint language plgo strict as $$
	var longest int64
	for start := int64(1); start <= most; start++ {
		var steps int64
		for n := start; n != 1; steps++ {
			if n%2 == 0 {
				n /= 2
			} else {
				n = 3*n + 1
			}
		}
		longest = max(longest, steps)
	}
	return longest
$$;
create function plpgsql_collatz(most bigint) returns bigint language plpgsql strict as $$
declare longest bigint = 0; steps bigint; n bigint;
begin
	for start in 1..most loop
		steps := 0; n := start;
		while n <> 1 loop
			if n % 2 = 0 then n := n / 2; else n := 3 * n + 1; end if;
			steps := steps + 1;
		end loop;
		longest := greatest(longest, steps);
	end loop;
	return longest;
end $$;
create function plpython_collatz(most bigint) returns bigint language plpython3u strict as $$
longest = 0
for start in range(1, most + 1):
    steps, n = 0, start
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    longest = max(longest, steps)
return longest
$$;
create function plperl_collatz(most bigint) returns bigint language plperl strict as $$
	my $longest = 0;
	for my $start (1 .. $_[0]) {
		my ($steps, $n) = (0, $start);
		while ($n != 1) { $n = $n % 2 == 0 ? $n / 2 : 3 * $n + 1; $steps++; }
		$longest = $steps if $steps > $longest;
	}
	return $longest;
$$;
create function pltcl_collatz(most bigint) returns bigint language pltcl strict as $$
	set longest 0
	for {set start 1} {$start <= $1} {incr start} {
		set steps 0; set n $start
		while {$n != 1} {
			if {$n % 2 == 0} { set n [expr {$n / 2}] } else { set n [expr {3 * $n + 1}] }
			incr steps
		}
		if {$steps > $longest} { set longest $steps }
	}
	return $longest
$$;

create function plgo_json(j text) returns double precision language plgo strict as $$
	type item struct {
		Price float64 `json:"price"`
	}
	var items []item
	if err := json.Unmarshal([]byte(j), &items); err != nil {
		return 0, err
	}
	var sum float64
	for _, i := range items {
		sum += i.Price
	}
	return sum
$$;
create function plpgsql_json(j text) returns double precision language plpgsql strict as
	$$ declare s double precision = 0; e json; begin for e in select * from json_array_elements(j::json) loop s := s + (e->>'price')::double precision; end loop; return s; end $$;
create function plpython_json(j text) returns double precision language plpython3u strict as $$
import json
return sum(i["price"] for i in json.loads(j))
$$;
create function plperl_json(j text) returns double precision language plperlu strict as $$
	use JSON::PP;
	my $s = 0;
	$s += $_->{price} for @{decode_json($_[0])};
	return $s;
$$;

create function plgo_dashes(t text) returns text language plgo strict as $$
	var other = regexp.MustCompile(`[^a-z0-9]+`)
	return other.ReplaceAllString(t, "-")
$$;
create function plpgsql_dashes(t text) returns text language plpgsql strict as $$ begin return regexp_replace(t, '[^a-z0-9]+', '-', 'g'); end $$;
create function plpython_dashes(t text) returns text language plpython3u strict as $$
import re
return re.sub("[^a-z0-9]+", "-", t)
$$;
create function plperl_dashes(t text) returns text language plperl strict as $$ my $t = $_[0]; $t =~ s/[^a-z0-9]+/-/g; return $t; $$;
create function pltcl_dashes(t text) returns text language pltcl strict as $$ return [regsub -all {[^a-z0-9]+} $1 -] $$;
