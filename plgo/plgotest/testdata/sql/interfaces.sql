-- Values of interfaces compare by their tables of methods, too: there is one for a pair of types, whether the
-- compiler has made it, for the library or for a function, or the runtime, when it is first asked for.
CREATE FUNCTION same_of_library() RETURNS text LANGUAGE plgo AS $$
	d := 5 * time.Second
	var linked fmt.Stringer = d
	made := any(d).(fmt.Stringer)
	return fmt.Sprint(linked == made, " ", linked.String())
$$;
CREATE FUNCTION same_of_package() RETURNS text LANGUAGE plgo AS $$
type celsius int

func (c celsius) String() string { return fmt.Sprintf("%d °C", int(c)) }

func same() string {
	var linked fmt.Stringer = celsius(21)
	made := any(celsius(21)).(fmt.Stringer)
	_, none := any(celsius(21)).(error)
	return fmt.Sprint(linked == made, " ", made.String(), " ", none)
}

return same()
$$;
CREATE FUNCTION same_of_error() RETURNS text LANGUAGE plgo AS $$
	_, err := strconv.Atoi("x")
	var n *strconv.NumError
	found := errors.As(err, &n)
	var made error = any(n).(error)
	return fmt.Sprint(found, " ", err == made)
$$;
SELECT same_of_library(), same_of_package(), same_of_error();
-- the other way round, in another session
\c
SELECT same_of_error(), same_of_package(), same_of_library();

-- Stacks of many goroutines at a time, of several sizes, which grow, are given back and used again.
CREATE FUNCTION stacks(n bigint) RETURNS bigint LANGUAGE plgo AS $$
	var down func(depth int64) int64
	down = func(depth int64) int64 {
		var room [64]int64
		room[depth%64] = depth
		if depth == 0 {
			runtime.Gosched()
			return 0
		}
		return down(depth-1) + room[depth%64] - depth + 1
	}
	sums := make(chan int64)
	for i := range n {
		go func() { sums <- down(i % 60) }()
	}
	var sum int64
	for range n {
		sum += <-sums
	}
	return sum
$$;
SELECT stacks(600), stacks(6000), stacks(60);

-- Nothing waits, and so there is no timer: not for what the runtime has started by itself.
\c
CREATE FUNCTION quick(n bigint) RETURNS bigint LANGUAGE plgo AS $$ return n + 1 $$;
SELECT quick(1);
SELECT coalesce(pg_read_file('/proc/self/timers', 0, 1000, true), '') = '' AS "no timer";
