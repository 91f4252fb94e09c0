-- a goroutine reads an array of a trigger's row while the trigger returns: what it reads is not the host's memory any more
\set ON_ERROR_STOP off
set role mallory;
create table lent(texts text[], numbers int8[]);
create function lends() returns trigger language plgo as $$
type slow struct{ s string }
func (e *slow) Scan(v any) error {
    e.s = fmt.Sprint(v)
    entered <- struct{}{}
    <-proceed
    return nil
}
var ( entered, proceed = make(chan struct{}, 100), make(chan struct{}, 100) )
var ( seen = make(chan string, 10) )
    if t.Args[0] == "begin" {
        for _, column := range []string{"texts", "numbers"} {
            go func() {
                var all []slow
                err := t.New.Get(column, pg.ArrayOf(&all))
                same := true
                for i, e := range all {
                    same = same && (e.s == strings.Repeat(string(rune('a'+i)), 3000) || e.s == fmt.Sprint(1000000000 + i))
                }
                seen <- fmt.Sprint(column, " ", err, " ", len(all), " ", same)
            }()
            <-entered
        }
        return nil
    }
    for range 16 { proceed <- struct{}{} }
    pg.Notice(<-seen)
    pg.Notice(<-seen)
    return nil
$$;
create trigger a before insert on lent for each row when (new.texts is not null) execute function lends('begin');
create trigger b before insert on lent for each row when (new.texts is null) execute function lends('end');
insert into lent select array_agg(repeat(chr(96 + g), 3000)), array_agg(999999999 + g) from generate_series(1, 8) g;
select count(repeat('secret', 8000) || g) from generate_series(1, 1000) g;
insert into lent values (null, null);
select 'alive';
