\set ON_ERROR_STOP off
create function slug(i int) returns int language plgo as $$
	help := func(a []int32) int32 { return a[*i] }
	return help([]int32{1,2})
$$;
select slug(7);
create function in_loop(n int) returns int language plgo strict as $$
	for i := range slices.Values([]int32{1, 0}) {
		if i == n {
			panic("in a loop")
		}
	}
	return 1
$$;
select in_loop(0);
create function "My Deep.fn"(i int) returns int language plgo strict as $$
	func f(n int32) int32 { if n == 0 { panic("x") }; return f(n-1) + 1 }
	return f(i)
$$;
select "My Deep.fn"(70);
create function chans(i int) returns int language plgo strict as $$
	c := make(chan int)
	go func() { c <- 1; c <- 2 }()
	<-c; <-c; <-c; 
	return 1
$$;
select chans(1);
create function eat(i int) returns int language plgo strict as $$
	var s [][]byte
	for { s = append(s, make([]byte, 1000)) }
	return int32(len(s))
$$;
select eat(1);
create function ptr(i int) returns int language plgo strict as $$
	type T struct { a int }
	panic(&T{1})
$$;
select ptr(1);
create function rep(i int) returns int language plgo strict as $$
	strings.Repeat("x", -1)
	return 2
$$;
select rep(1);
set pgstd.traceback = none; select rep(1);
set pgstd.traceback = full; select rep(1);
create role joe; set role joe; select rep(1); set pgstd.traceback = own; set pgstd.traceback = full; select rep(1);
do language plgo $$
  var m map[string]int
  m["a"] = 1
$$;
