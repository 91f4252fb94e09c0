-- Timers and other goroutines, in functions that spend their time in SQL.
CREATE FUNCTION deadline(how text, nap float8) RETURNS int LANGUAGE plgo AS $$
    ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
    defer cancel()
    var over, after atomic.Bool
    time.AfterFunc(50*time.Millisecond, func() { over.Store(true) })
    context.AfterFunc(ctx, func() { after.Store(true) })
    for i := range 30 {
        if _, err := pg.Exec("SELECT pg_sleep($1)", nap); err != nil { return err }
        switch how {
        case "err":
            if ctx.Err() != nil { return i }
        case "select":
            select {
            case <-ctx.Done():
                return i
            default:
            }
        case "func":
            if over.Load() { return i }
        case "after":
            if after.Load() { return i }
        }
    }
    return 30
$$;
SELECT how, deadline(how, 0.02) BETWEEN 1 AND 15 AS early, deadline(how, 0.2) AS at_once FROM (VALUES ('err'), ('select'), ('func'), ('after')) v(how);
-- Statements that take no time by themselves.
CREATE FUNCTION short() RETURNS bool LANGUAGE plgo AS $$
    begin := time.Now()
    ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
    defer cancel()
    for n := 0; ctx.Err() == nil && n < 10_000_000; {
        if err := pg.QueryRow("SELECT $1::int + 1", n).Scan(&n); err != nil { return err }
    }
    return time.Since(begin) < 5*time.Second
$$;
SELECT short();
-- In loops over rows, which come eight at first.
CREATE FUNCTION looped() RETURNS int LANGUAGE plgo AS $$
    ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
    defer cancel()
    n := 0
    for row, err := range pg.Query("SELECT pg_sleep(0.01)::text, i FROM generate_series(1, 200) i") {
        if err != nil { return err }
        if ctx.Err() != nil { return n }
        if err := row.Scan(new(string), &n); err != nil { return err }
    }
    return n
$$;
SELECT looped() < 100 AS early;
-- Others have their turn, and see that statements are not for them; what they close stays for who asked.
CREATE FUNCTION turns() RETURNS text LANGUAGE plgo AS $$
    rows, err := pg.QueryRows("SELECT i, 'text ' || i, pg_sleep(0.005)::text FROM generate_series(1, 40) i")
    if err != nil { return err }
    defer rows.Close()
    var rounds, refused, n, last int
    var done bool
    go func() {
        for !done {
            rounds++
            func() {
                defer func() { if recover() != nil { refused++ } }()
                var s string
                if rounds > 3 {
                    rows.Close()
                } else if rows.Next() {
                    _ = rows.Scan(&n, &s, &s)
                }
            }()
            runtime.Gosched()
        }
    }()
    for range 60 {
        if _, err := pg.Exec("SELECT pg_sleep(0.005)"); err != nil { return err }
        var s string
        if rows.Next() && rows.Scan(&last, &s, new(string)) == nil && s != fmt.Sprint("text ", last) {
            return "wrong: " + s
        }
    }
    done = true
    return fmt.Sprint(rounds > 1, " ", refused > 0)
$$;
SELECT turns();
