-- Functions of several owners on a base: each has worlds of its own, one for each role.
\pset null NULL
SET plgo.shared_base = on;
CREATE VIEW shared AS SELECT owner, role, state, deaths FROM pgstd.worlds WHERE module LIKE 'plgo base %' ORDER BY owner::text, role::text;
CREATE VIEW kinds AS SELECT function, CASE WHEN targets::text LIKE '%+base%' THEN 'module' ELSE 'object' END AS kind FROM plgo.functions;
CREATE ROLE owners_alice;
CREATE ROLE owners_bob;
GRANT CREATE ON SCHEMA public TO owners_alice, owners_bob;
GRANT SELECT ON shared, kinds TO PUBLIC;
-- What the library keeps for a program, and a goroutine that is left behind: the others of an owner have it, and nobody else's.
SET ROLE owners_alice;
CREATE FUNCTION alice_marks() RETURNS void LANGUAGE plgo AS $$
    log.SetPrefix("alice")
    slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
    client := http.DefaultClient
    client.Timeout = time.Second
    expvar.NewInt("alice")
    go func() { for { runtime.Gosched() } }()
$$;
CREATE FUNCTION alice_sees() RETURNS text LANGUAGE plgo AS $$
    var ( calls int )
    calls++
    _, discards := slog.Default().Handler().(*slog.TextHandler)
    return fmt.Sprint(calls, " ", log.Prefix(), " ", discards, " ", http.DefaultClient.Timeout, expvar.Get("alice") != nil, runtime.NumGoroutine())
$$;
SELECT prosrc AS sees FROM pg_proc WHERE proname = 'alice_sees' \gset
SET ROLE owners_bob;
CREATE FUNCTION bob_sees() RETURNS text LANGUAGE plgo AS :'sees';
RESET ROLE;
CREATE FUNCTION super_sees() RETURNS text LANGUAGE plgo AS :'sees';
TABLE kinds ORDER BY 1::text;
SELECT alice_sees(), bob_sees(), super_sees();
SELECT alice_marks();
SELECT alice_sees(), bob_sees(), super_sees();
TABLE shared;
-- Another role is in another world, of the same owner.
SET ROLE owners_bob;
SELECT alice_sees(), bob_sees();
RESET ROLE;
-- The owner changes: the next call is in a world of the new one. What it is given to had better be read.
ALTER FUNCTION alice_sees() OWNER TO owners_bob;
SELECT alice_sees(), bob_sees();
ALTER FUNCTION alice_sees() OWNER TO owners_alice;
SELECT alice_sees();
BEGIN;
ALTER FUNCTION alice_sees() OWNER TO owners_bob;
SELECT alice_sees();
ROLLBACK;
SELECT alice_sees();
REASSIGN OWNED BY owners_alice TO owners_bob;
SELECT alice_sees(), bob_sees();
SELECT alice_marks();
SELECT alice_sees(), bob_sees();
SELECT * FROM kinds WHERE function::text LIKE 'alice%' ORDER BY 1::text;
-- Aggregates of one text and two owners, called as one role, have a world each.
CREATE SCHEMA owners_a AUTHORIZATION owners_alice;
CREATE SCHEMA owners_b AUTHORIZATION owners_bob;
\set remember 'var ( seen []string ); type R struct{}; func (r *R) Step(v string) { seen = append(seen, v) }; func (r *R) Final() []string { return seen }'
SET ROLE owners_alice;
SELECT plgo.create_aggregate('owners_a.remember(v text) RETURNS text[]', :'remember');
SET ROLE owners_bob;
SELECT plgo.create_aggregate('owners_b.remember(v text) RETURNS text[]', :'remember');
RESET ROLE;
SELECT owners_a.remember('alice''s'), owners_b.remember('bob''s');
SELECT owners_a.remember('more'), owners_b.remember('more');
REASSIGN OWNED BY owners_alice TO owners_bob;
SELECT owners_a.remember('anew'), owners_b.remember('as well');
SET client_min_messages = warning;
DROP SCHEMA owners_a, owners_b CASCADE;
RESET client_min_messages;
-- While it runs, and while a query reads from it.
CREATE FUNCTION moves(n int) RETURNS text LANGUAGE plgo AS $$
    var ( calls int )
    calls++
    if n == 0 { return fmt.Sprint(calls) }
    if _, err := pg.Exec("ALTER FUNCTION moves(int) OWNER TO owners_alice"); err != nil { return "", err }
    var inner string
    err := pg.QueryRow("SELECT moves($1)", n-1).Scan(&inner)
    return fmt.Sprint(calls, " around ", inner), err
$$;
SELECT moves(0), moves(0), moves(2), moves(0);
CREATE FUNCTION upto(n int) RETURNS SETOF text LANGUAGE plgo AS $$
    return func(yield func(string) bool) { for i := range n { if !yield(fmt.Sprint(i, " ", log.Prefix())) { return } } }
$$;
BEGIN;
DECLARE c CURSOR FOR SELECT upto(3);
FETCH c;
ALTER FUNCTION upto(int) OWNER TO owners_bob;
FETCH ALL FROM c;
SELECT upto(2);
ROLLBACK;
-- With the rights of its owner.
SET ROLE owners_alice;
CREATE FUNCTION defined() RETURNS text LANGUAGE plgo SECURITY DEFINER AS $$
    var ( user string )
    err := pg.QueryRow("SELECT current_user::text").Scan(&user)
    return user + " " + log.Prefix(), err
$$;
SET ROLE owners_bob;
SELECT defined();
RESET ROLE;
TABLE shared;
-- The end of a world is that of one owner's functions.
CREATE FUNCTION ends() RETURNS int LANGUAGE plgo AS $$ os.Exit(3); return 1 $$;
ALTER FUNCTION ends() OWNER TO owners_bob;
\set VERBOSITY terse
SELECT moves(0), super_sees();
SELECT ends();
SELECT moves(0), super_sees(), bob_sees();
SELECT owner, deaths FROM shared WHERE role = 'postgres'::regrole;
-- A role that becomes a superuser, or none, keeps its worlds.
ALTER ROLE owners_bob SUPERUSER;
SELECT bob_sees();
ALTER ROLE owners_bob NOSUPERUSER;
ALTER ROLE owners_bob RENAME TO owners_bobby;
SELECT bob_sees();
SELECT owner, deaths FROM shared WHERE role = 'postgres'::regrole;
-- More owners than worlds: the one that has waited longest starts anew. Worlds that wait for each other are too many.
SET pgstd.max_worlds = 2;
SELECT pgstd.discard_worlds() > 0 AS discarded;
SELECT super_sees(), bob_sees(), moves(0), super_sees(), bob_sees();
SELECT count(*) FROM shared;
CREATE FUNCTION calls(what text) RETURNS text LANGUAGE plgo AS $$
    var s string
    err := pg.QueryRow("SELECT " + what).Scan(&s)
    return s, err
$$;
CREATE FUNCTION calls_too(what text) RETURNS text LANGUAGE plgo AS $$
    var s string
    err := pg.QueryRow("SELECT " + what).Scan(&s)
    return s, err
$$;
ALTER FUNCTION calls_too(text) OWNER TO owners_alice;
SELECT calls('moves(0)'), calls('super_sees()');
SELECT calls('calls_too(''bob_sees()'')');
RESET pgstd.max_worlds;
SELECT calls('calls_too(''bob_sees()'')');
-- What nobody has any more.
DROP OWNED BY owners_bobby CASCADE;
SELECT bob_sees();
SELECT super_sees();
REVOKE CREATE ON SCHEMA public FROM owners_alice;
REASSIGN OWNED BY owners_alice TO postgres;
DROP ROLE owners_alice, owners_bobby;
SELECT moves(0), super_sees();
DROP FUNCTION super_sees(), moves(int), upto(int), calls(text), calls_too(text), defined();
DROP VIEW shared, kinds;
