-- package variables count: an array of 1,400 MB does not fit into a limit of 256 MB
\set ON_ERROR_STOP off
\set VERBOSITY terse
create function rest() returns text language sql as $$
    select case when memory between 100 * 1024 * 1024 and memory_limit then 'counted' else format('%s of %s', memory, memory_limit) end
    from pgstd.worlds where module like '%within%' $$;
set role mallory;
create function too_large(mb int) returns int8 language plgo strict as $$
    var ( big [1500<<20]byte )
    n := int64(0)
    for i := 0; i < int(mb)<<20; i += 4096 { big[i] = 1; n++ }
    return n
$$;
select too_large(1);
select too_large(1400);
create function two(mb int) returns int8 language plgo strict as $$
    var ( one [130<<20]byte; other [130<<20]byte )
    one[mb<<20], other[mb<<20] = 1, 2
    return int64(one[mb<<20] + other[mb<<20])
$$;
select two(1);
-- an array that fits is there, and leaves less for the heap
create function within(mb int) returns int8 language plgo strict as $$
    var ( big [100<<20]byte )
    var ( rest [][]byte )
    n := int64(0)
    for i := 0; i < len(big); i += 4096 { big[i] = 1; n++ }
    for range mb { rest = append(rest, make([]byte, 1<<20)) }
    clear(rest)
    rest = nil
    return n
$$;
select within(0);
reset role;
select rest();
set role mallory;
select within(100);
select within(180);
select within(1);
-- what an administrator sets is what counts, for a start and for one that runs
reset role;
set pgstd.max_memory = '64MB';
set role mallory;
select pgstd.discard_worlds() > 0;
select within(0);
reset role;
set pgstd.max_memory = '2GB';
set role mallory;
select two(1), too_large(1);
reset role;
set pgstd.max_memory = '32MB';
set role mallory;
select two(1);
select pgstd.discard_worlds() > 0;
select two(1);
select 'alive';
