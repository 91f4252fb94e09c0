-- Cursors that are never closed, as a goroutine is for ever in the midst of scanning a row: their number, and what they have fetched, is bounded.
set role mallory;
create function keep(n int, size int) returns text language plgo strict as $$
    type stuck struct{}
    func (s *stuck) Scan(any) error { entered <- struct{}{}; select {} }
    var ( entered = make(chan struct{}, 100) )
    for range n {
        for row, err := range pg.Query("select 1, repeat('b', $1)", size) {
            if err != nil {
                return "", err
            }
            go func() {
                var s string
                row.Scan(&stuck{}, &s)
            }()
            <-entered
            break
        }
    }
    return "kept", nil
$$;
select keep(10, 100);
select keep(2000, 100);
select keep(10, 100000000);
-- One row that is too large, and rows that are: in a new session, as what is kept above counts for all functions of its owner, on a shared base.
\c
set role mallory;
create function wide(query text, n int, size int) returns int language plgo strict as $$
    columns := make([]string, n)
    for i := range columns {
        columns[i] = fmt.Sprintf("repeat('x', %d)", size)
    }
    q := "select " + strings.Join(columns, ", ")
    if query == "one" {
        dest := make([]any, n)
        for i := range dest {
            dest[i] = new(string)
        }
        return 0, pg.QueryRow(q).Scan(dest...)
    }
    read := int32(0)
    for _, err := range pg.Query(q + " from generate_series(1, 1000)") {
        if err != nil {
            return read, err
        }
        read++
    }
    return read, nil
$$;
select wide('one', 10, 50000000);
select wide('rows', 10, 50000000);
select wide('rows', 1, 20000);
select 'alive';
