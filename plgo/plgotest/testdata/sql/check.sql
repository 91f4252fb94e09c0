-- A text that is checked: what is wrong with it is said as CREATE FUNCTION says it, and
-- nothing is created, whatever it is.
SELECT plgo.check($$ return a + 1 $$, '(a int) RETURNS int');
SELECT plgo.check('');
SELECT plgo.check($$ return a + c $$, '(a int) RETURNS int');
SELECT plgo.check($$
	if a > 1 {
		return nosuch
	}
	return a
$$, '(a int) RETURNS int');
\set VERBOSITY sqlstate
SELECT plgo.check($$ return a $$, '(a nosuch) RETURNS int');
\set VERBOSITY default
SELECT plgo.check($$ return a $$, 'RETURNS int');
SELECT plgo.check(NULL, '() RETURNS int') IS NULL;
SELECT plgo.check($$ return New $$, '() RETURNS trigger');
-- Several statements, and other ones.
CREATE TABLE check_there (n int);
SELECT plgo.check('return', $$() RETURNS void LANGUAGE sql AS 'SELECT'; DROP TABLE check_there; CREATE FUNCTION pg_temp.b() RETURNS void$$);
SELECT plgo.check('return', $$() RETURNS void LANGUAGE sql AS 'SELECT'; DROP TABLE check_there; --$$);
SELECT plgo.check('return', $$() RETURNS void LANGUAGE sql AS 'DROP TABLE check_there' --$$);
SELECT count(*) FROM check_there;
-- Nothing is left, and the transaction goes on.
BEGIN;
INSERT INTO check_there VALUES (1);
SELECT plgo.check($$ return a + 1 $$, '(a int) RETURNS int');
SAVEPOINT s;
SELECT plgo.check($$ return a + c $$, '(a int) RETURNS int');
ROLLBACK TO s;
SELECT * FROM check_there;
COMMIT;
SELECT count(*) FROM pg_proc WHERE proname LIKE 'plgo_check%';
-- By those who could have created it.
CREATE ROLE check_role;
REVOKE USAGE ON LANGUAGE plgo FROM PUBLIC;
SET ROLE check_role;
SELECT plgo.check('return');
RESET ROLE;
GRANT USAGE ON LANGUAGE plgo TO PUBLIC;
SET ROLE check_role;
SELECT plgo.check('return');
RESET ROLE;
DROP ROLE check_role;
DROP TABLE check_there;
