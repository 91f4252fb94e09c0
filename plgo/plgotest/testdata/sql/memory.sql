-- Garbage is no reason to be out of memory. A limit of 256 MB.
create function bb(mb int) returns bytea language plgo strict as $$
	return make([]byte, int(mb)<<20)
$$;
select length(bb(100)); select length(bb(100)); select length(bb(100)); select length(bb(100));
-- What the host has copied is garbage, too.
select length(bb(150)); select length(bb(160)); select length(bb(170)); select length(bb(200)); select length(bb(240));
create function two(mb int) returns int language plgo strict as $$
	b := make([]byte, mb<<20)
	n := len(b)
	b = nil
	b = make([]byte, mb<<20)
	return int32((n + len(b)) >> 20)
$$;
select two(130); select two(200);
create function ten() returns int language plgo as $$
	n := 0
	for i := range 10 {
		n += len(make([]byte, (100 + i)<<20))
	}
	return int32(n >> 20)
$$;
select ten();
create function texts() returns bigint language plgo as $$
	var n int64
	for i := range 12 {
		n += int64(len(strings.Repeat("x", (90 + i) << 20)))
	}
	return n >> 20
$$;
select texts();
create function growth() returns int language plgo as $$
	n := 0
	for range 8 {
		var s []int64
		for len(s) < 5<<20 {
			s = append(s, int64(len(s)))
		}
		n += len(s)
	}
	return int32(n >> 20)
$$;
select growth();
create function maps() returns int language plgo as $$
	n := 0
	for range 8 {
		m := map[int]string{}
		for i := range 500000 {
			m[i] = "v"
		}
		n += len(m)
	}
	return int32(n)
$$;
select maps();
-- Live objects, and garbage of all sizes beside them.
create function beside() returns int language plgo as $$
	var (
		sink []byte
	)
	live := make([][]byte, 0)
	for range 150 {
		live = append(live, make([]byte, 1<<20))
	}
	for size := 1024; size <= 64<<20; size *= 2 {
		for made := 0; made < 200<<20; made += size {
			sink = make([]byte, size)
		}
	}
	return int32(len(live))
$$;
select beside();
-- Goroutines that have ended, with stacks that have grown.
create function stacks() returns int language plgo as $$
	func deep(n int) int { var pad [256]byte; if n == 0 { return int(pad[n]) }; return deep(n-1) + 1 }
	n := 0
	for range 60 {
		done := make(chan int, 100)
		for range 100 {
			go func() { done <- deep(500) }()
		}
		for range 100 {
			n += <-done
		}
	}
	return int32(n)
$$;
select stacks();
-- What is in use stays, and too much is too much.
create function kept() returns int language plgo as $$
	var all [][]byte
	for i := range 10 {
		b := make([]byte, 60<<20)
		b[0] = byte(i)
		all = append(all, b)
	}
	return int32(len(all))
$$;
select kept();
create function list() returns int language plgo as $$
	type node struct { next *node; pad [100]byte }
	var head *node
	for { head = &node{next: head} }
	return 1
$$;
select list();
select length(bb(100));
create function arrays(n int) returns bigint[] language plgo strict as $$
	return make([]int64, n)
$$;
select cardinality(arrays(15000000)); select cardinality(arrays(15000000)); select cardinality(arrays(15000000));
create function echo(b bytea) returns bytea language plgo strict as $$ return b $$;
select length(echo(bb(100))); select length(echo(bb(100))); select length(echo(bb(100)));
create function nested(depth int) returns bytea language plgo strict as $$
	if depth == 0 {
		return make([]byte, 40<<20)
	}
	var b []byte
	for range 6 {
		if err := pg.QueryRow("select nested($1)", depth-1).Scan(&b); err != nil {
			return nil, err
		}
	}
	return b, nil
$$;
select length(nested(1)); select length(nested(2));
