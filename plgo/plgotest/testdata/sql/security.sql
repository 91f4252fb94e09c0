-- What a function that is trusted cannot do.

-- The machine: files, processes, network, environment.
CREATE FUNCTION read_file() RETURNS text LANGUAGE plgo AS $$ data, err := os.ReadFile("/etc/passwd"); return string(data), err $$;
CREATE FUNCTION write_file() RETURNS text LANGUAGE plgo AS $$ return "", os.WriteFile("/tmp/plgo-was-here", nil, 0o600) $$;
CREATE FUNCTION list() RETURNS bigint LANGUAGE plgo AS $$ l, err := os.ReadDir("/"); return int64(len(l)), err $$;
CREATE FUNCTION env() RETURNS text LANGUAGE plgo AS $$ return fmt.Sprint(os.Environ(), os.Getenv("PATH"), os.Getenv("PGDATA")) $$;
CREATE FUNCTION command() RETURNS text LANGUAGE plgo AS $$ out, err := exec.Command("/bin/id").Output(); return string(out), err $$;
CREATE FUNCTION dial() RETURNS text LANGUAGE plgo AS $$ _, err := net.Dial("tcp", "127.0.0.1:80"); return "", err $$;
CREATE FUNCTION sys() RETURNS text LANGUAGE plgo AS $$ return "", syscall.Kill(1, 9) $$;
CREATE FUNCTION open_dir() RETURNS text LANGUAGE plgo AS $$ wd, err := os.Getwd(); return wd, err $$;
CREATE FUNCTION host_name() RETURNS text LANGUAGE plgo AS $$ return os.Hostname() $$;
CREATE FUNCTION start() RETURNS text LANGUAGE plgo AS $$ _, err := os.StartProcess("/bin/true", nil, &os.ProcAttr{}); return "", err $$;
CREATE FUNCTION load() RETURNS text LANGUAGE plgo AS $$ _, err := plugin.Open("/tmp/x.so"); return "", err $$;
SELECT read_file();
SELECT write_file();
SELECT list();
SELECT env();
SELECT command();
SELECT dial();
SELECT sys();
SELECT open_dir();
SELECT host_name();
SELECT start();
SELECT load();

-- Memory: no way around types.
CREATE FUNCTION forge() RETURNS bigint LANGUAGE plgo AS $$ import "unsafe"; n := 1; return int64(*(*int)(unsafe.Pointer(&n))) $$;
CREATE FUNCTION forge() RETURNS bigint LANGUAGE plgo AS $$ n := int64(1); return *(*int64)(reflect.ValueOf(&n).UnsafePointer()) $$;
CREATE FUNCTION forge() RETURNS bigint LANGUAGE plgo AS $$ n := int64(1); p := reflect.ValueOf(&n).UnsafePointer; _ = p(); return n $$;
CREATE FUNCTION forge() RETURNS bigint LANGUAGE plgo AS $$ n := int64(1); return reflect.NewAt(reflect.TypeFor[int64](), nil).Elem().Int() + n $$;
CREATE FUNCTION forge() RETURNS bigint LANGUAGE plgo AS $$ import "runtime/cgo"; h := cgo.NewHandle(1); return int64(h) $$;
CREATE FUNCTION forge() RETURNS bigint LANGUAGE plgo AS $$ import "internal/abi"; return int64(abi.FuncPCABI0(nil)) $$;
CREATE FUNCTION forge() RETURNS bigint LANGUAGE plgo AS $$ import "github.com/pgstd/pgstd/pg/internal/host"; return 1 $$;
CREATE FUNCTION forge() RETURNS bigint LANGUAGE plgo AS $$ import "github.com/pgstd/pgstd/pg/pgabi"; return int64(pgabi.Void) $$;
CREATE FUNCTION forge() RETURNS bigint LANGUAGE plgo AS $$ import "github.com/pgstd/pgstd/internal/cluster"; return 1 $$;
CREATE FUNCTION forge() RETURNS bigint LANGUAGE plgo AS $$
    import _ "embed"
    //go:embed /etc/passwd
    var s string
    return int64(len(s))
$$;
CREATE FUNCTION forge() RETURNS bigint LANGUAGE plgo AS $$
    //go:nosplit
    func f() int64 { return 1 }
    return f()
$$;
CREATE FUNCTION forge() RETURNS bigint LANGUAGE plgo AS $$
    //go:cgo_import_dynamic x system "libc.so.6"
    return 1
$$;
CREATE FUNCTION forge() RETURNS bigint LANGUAGE plgo AS $$
    /*
    #include <stdlib.h>
    */
    import "C"
    return int64(C.abs(-1))
$$;
-- What wraps a function is out of its reach.
CREATE FUNCTION forge() RETURNS bigint LANGUAGE plgo AS $$ func Forge() (int64, error) { return 1, nil } return 2 $$;
CREATE FUNCTION forge2() RETURNS bigint LANGUAGE plgo AS $$ func pgstd_value[T any](v T) *T { panic("mine") }; if true { return nil }; return 2 $$;
CREATE FUNCTION forge3() RETURNS bigint LANGUAGE plgo AS $$ type error = int; return 2 $$;
CREATE FUNCTION forge4() RETURNS bigint LANGUAGE plgo AS $$ nil := 5; return int64(nil) $$;
SELECT forge(), forge4();

-- Rights are those of SQL, in statements too.
CREATE ROLE security_plain;
CREATE ROLE security_owner;
CREATE TABLE secret (s text);
INSERT INTO secret VALUES ('the secret');
ALTER TABLE secret OWNER TO security_owner;
CREATE FUNCTION tell() RETURNS text LANGUAGE plgo AS $$ var s string; err := pg.QueryRow("SELECT s FROM secret").Scan(&s); return s, err $$;
SELECT tell();
SET ROLE security_plain;
SELECT tell();
RESET ROLE;
GRANT CREATE ON SCHEMA public TO security_owner;
ALTER FUNCTION tell() OWNER TO security_owner;
ALTER FUNCTION tell() SECURITY DEFINER;
SET ROLE security_plain;
SELECT tell();
RESET ROLE;
CREATE FUNCTION who() RETURNS text LANGUAGE plgo AS $$ var s string; err := pg.QueryRow("SELECT current_user || ' ' || session_user").Scan(&s); return s, err $$;
CREATE FUNCTION who_owner() RETURNS text LANGUAGE plgo SECURITY DEFINER AS $$ var s string; err := pg.QueryRow("SELECT current_user || ' ' || session_user").Scan(&s); return s, err $$;
ALTER FUNCTION who_owner() OWNER TO security_owner;
SET ROLE security_plain;
SELECT who(), who_owner();
RESET ROLE;
-- Another role in the middle of a call is not possible where SQL does not have it.
CREATE FUNCTION becomes() RETURNS text LANGUAGE plgo SECURITY DEFINER AS $$ _, err := pg.Exec("SET ROLE security_plain"); return "", err $$;
SELECT becomes();
CREATE FUNCTION switches() RETURNS text LANGUAGE plgo AS $$
    var a, b string
    if _, err := pg.Exec("SET ROLE security_plain"); err != nil {
        return "", err
    }
    if err := pg.QueryRow("SELECT current_user").Scan(&a); err != nil {
        return "", err
    }
    if _, err := pg.Exec("RESET ROLE"); err != nil {
        return "", err
    }
    err := pg.QueryRow("SELECT current_user").Scan(&b)
    return a + " " + b, err
$$;
SELECT switches();

-- Nobody but the handler puts objects where they are believed.
SET ROLE security_owner;
SELECT count(*) FROM plgo.object;
INSERT INTO plgo.object SELECT 0, 0, '\x00', 'linux-postgres-amd64', '\x00', '', '', '', 0, now(), '\x00', NULL;
UPDATE plgo.object SET object = '\x00';
DELETE FROM plgo.object;
TRUNCATE plgo.object;
CREATE TRIGGER x BEFORE INSERT ON plgo.object FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE RULE x AS ON INSERT TO plgo.object DO INSTEAD NOTHING;
ALTER TABLE plgo.object OWNER TO security_owner;
CREATE TABLE plgo.mine (n int);
SET plgo.compiler = '/bin/true';
SET plgo.policy = '/tmp/policy';
SET plgo.verify = off;
SET plgo.targets = 'arm64';
SET plgo.compile_memory = '64MB';
SET plgo.compile_timeout = '1s';
SET plgo.nothing = 1;
ALTER ROLE security_owner SET plgo.compiler = '/bin/true';
SELECT plgo.recompile_all();
CREATE FUNCTION pg_temp.steal() RETURNS int LANGUAGE c AS '$libdir/plgo', 'plgo_call_handler';
CREATE LANGUAGE mine HANDLER plgo_call_handler;
RESET ROLE;
-- A temporary schema, a search path, a table of the same name do not matter.
CREATE TEMP TABLE object AS SELECT * FROM plgo.object;
SET search_path = pg_temp, public;
CREATE FUNCTION public.after_temp() RETURNS int LANGUAGE plgo AS $$ return 77 $$;
SELECT public.after_temp();
SELECT count(*) FROM plgo.object WHERE key = plgo.key('public.after_temp()');
SELECT count(*) FROM pg_temp.object o WHERE NOT EXISTS (SELECT FROM plgo.object p WHERE p.key = o.key);
RESET search_path;
DROP TABLE pg_temp.object;
-- What stands in the table and is no object is refused, whoever has put it there.
CREATE FUNCTION planted() RETURNS int LANGUAGE plgo AS $$ return 78 $$;
UPDATE plgo.object SET object = '\x7f454c46', digest = sha256('\x7f454c46') WHERE key = plgo.key('planted()');
\set VERBOSITY sqlstate
SELECT planted();
UPDATE plgo.object SET digest = sha256('\x00') WHERE key = plgo.key('planted()');
SELECT planted();
\set VERBOSITY default
SELECT plgo.compile('planted()') > 0;
SELECT planted();
-- The compiler works for those who may create functions, and for the owner.
REVOKE USAGE ON LANGUAGE plgo FROM PUBLIC;
SET ROLE security_plain;
CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE plgo AS 'return 1';
SELECT plgo.compile('planted()');
SELECT plgo.source('planted()') LIKE 'package%';
RESET ROLE;
GRANT USAGE ON LANGUAGE plgo TO PUBLIC;
-- PUBLIC sees views without objects.
SET ROLE security_plain;
SELECT function, targets FROM plgo.functions WHERE function::text = 'planted()';
RESET ROLE;
DROP OWNED BY security_owner, security_plain;
DROP ROLE security_plain, security_owner;
