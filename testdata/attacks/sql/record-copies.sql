-- copies of a record share its values: what one of them is set to stays as long as any of them can be read
\set ON_ERROR_STOP off
set role mallory;
-- a number first, for which nothing has to be kept; then a text, by a copy that goes
create function copied() returns text language plgo as $$
    var a pg.Record
    if err := a.Set("k", int64(1)); err != nil { return err.Error() }
    func() {
        b := a
        if err := b.Set("k", strings.Repeat("A", 5000)); err != nil { panic(err) }
    }()
    for range 4 { runtime.GC() }
    var keep [][]byte
    for range 2000 { keep = append(keep, bytes.Repeat([]byte("B"), 5000)) }
    var s string
    err := a.Get("k", &s)
    runtime.KeepAlive(keep)
    return fmt.Sprint(err, len(s), strings.Count(s, "A"), strings.Count(s, "B"))
$$;
select copied();
-- a record in a record: what the inner one is set to later is not seen
create function nested() returns text language plgo as $$
    var inner, outer pg.Record
    inner.Set("a", int64(1)); outer.Set("r", inner)
    func() { inner.Set("a", strings.Repeat("A", 5000)); inner = pg.Record{} }()
    for range 4 { runtime.GC() }
    var keep [][]byte
    for range 2000 { keep = append(keep, bytes.Repeat([]byte("B"), 5000)) }
    var r pg.Record; var n int64; var s string
    e1, e2 := outer.Get("r", &r), r.Get("a", &n)
    e3 := r.Get("a", &s)
    runtime.KeepAlive(keep)
    return fmt.Sprint(e1, e2, n, e3)
$$;
select nested();
-- a parameter that a later one changes while it is made
create function parameters() returns text language plgo as $$
    type late struct { r *pg.Record }
    func (l late) MarshalText() ([]byte, error) {
        l.r.Set("a", strings.Repeat("A", 5000))
        *l.r = pg.Record{}
        for range 4 { runtime.GC() }
        return []byte("done"), nil
    }
    var r pg.Record
    r.Set("a", int64(1))
    var s, text string
    err := pg.QueryRow("select row_to_json($1)::text, $2::text", r, late{&r}).Scan(&s, &text)
    return fmt.Sprint(s, text, err)
$$;
select parameters();
-- addresses in place of the texts of an array
create function addresses() returns text language plgo as $$
    var a [64]pg.Record
    for i := range a { if err := a[i].Set("k", int64(1)); err != nil { return err.Error() } }
    func() {
        for i := range a {
            b := a[i]
            many := make([]string, 300)
            for i := range many { many[i] = "x" }
            if err := b.Set("k", many); err != nil { panic(err) }
        }
    }()
    for range 4 { runtime.GC() }
    var keep [1000]*[600]uint64
    for j := range keep { keep[j] = new([600]uint64); for i := range 300 { keep[j][2*i] = 4096; keep[j][2*i+1] = 16<<32 } }
    var s []string
    for i := range a {
        if err := a[i].Get("k", &s); err != nil { return err.Error() }
        for _, t := range s { if t != "x" { return "another's" } }
    }
    runtime.KeepAlive(keep)
    return fmt.Sprint("as set: ", len(s))
$$;
select addresses();
