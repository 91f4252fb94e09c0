-- Operators and casts over functions of the language are PostgreSQL's own.
CREATE TYPE money_of AS (cents bigint, currency text);
CREATE FUNCTION plus(a money_of, b money_of) RETURNS money_of LANGUAGE plgo IMMUTABLE STRICT AS $$
	if a.Currency != b.Currency {
		return &pg.Error{Code: "22023", Message: "they are not of one currency"}
	}
	a.Cents += b.Cents
	return a
$$;
CREATE OPERATOR + (FUNCTION = plus, LEFTARG = money_of, RIGHTARG = money_of, COMMUTATOR = +);
CREATE FUNCTION to_text(a money_of) RETURNS text LANGUAGE plgo IMMUTABLE STRICT AS $$
	return fmt.Sprintf("%d.%02d %s", a.Cents/100, a.Cents%100, a.Currency)
$$;
CREATE CAST (money_of AS text) WITH FUNCTION to_text(money_of) AS ASSIGNMENT;
CREATE FUNCTION to_cents(a money_of) RETURNS bigint LANGUAGE plgo IMMUTABLE STRICT AS $$ return a.Cents $$;
CREATE CAST (money_of AS bigint) WITH FUNCTION to_cents(money_of) AS IMPLICIT;
SELECT ('(150,EUR)'::money_of + '(275,EUR)'::money_of)::text;
SELECT '(150,EUR)'::money_of + '(275,CHF)'::money_of;
SELECT abs('(-150,EUR)'::money_of);
CREATE TABLE paid (what text);
INSERT INTO paid VALUES ('(5,EUR)'::money_of);
SELECT * FROM paid;
-- one that compares, for a search and for a sort
CREATE FUNCTION shorter(a text, b text) RETURNS boolean LANGUAGE plgo IMMUTABLE STRICT AS $$ return len(a) < len(b) $$;
CREATE OPERATOR <<< (FUNCTION = shorter, LEFTARG = text, RIGHTARG = text, RESTRICT = scalarltsel);
SELECT word FROM unnest('{a,bcd,ef}'::text[]) word WHERE word <<< 'xyz';
CREATE AGGREGATE total(money_of) (SFUNC = plus, STYPE = money_of);
SELECT total(m) FROM unnest('{"(1,EUR)","(2,EUR)","(3,EUR)"}'::money_of[]) m;
-- an ordinary role may have them, too
CREATE ROLE maker;
CREATE SCHEMA made AUTHORIZATION maker;
SET ROLE maker;
CREATE FUNCTION made.twice(a bigint) RETURNS bigint LANGUAGE plgo IMMUTABLE STRICT AS $$ return 2 * a $$;
CREATE OPERATOR made.!! (FUNCTION = made.twice, RIGHTARG = bigint);
SELECT OPERATOR(made.!!) 21::bigint;
RESET ROLE;
DROP FUNCTION plus(money_of, money_of);
