-- A value that is its text in Go is not ordered as SQL orders it: 9 is more than 10, and small more than medium.
CREATE TYPE size AS ENUM ('small', 'medium', 'large');
CREATE DOMAIN worn AS size;
CREATE DOMAIN email AS text;
CREATE TYPE item AS (name text, size size, mail email);
CREATE FUNCTION greater(a anyelement, b anyelement) RETURNS anyelement LANGUAGE plgo AS $$ if a > b { return a }; return b $$;
CREATE FUNCTION greatest_of(a anyelement, b anyelement) RETURNS anyelement LANGUAGE plgo STRICT AS $$ return max(a, b) $$;
CREATE FUNCTION copied(a anyelement, b anyelement) RETURNS anyelement LANGUAGE plgo AS $$ x := a; y := *b; if y < *x { return a }; return b $$;
CREATE FUNCTION is_less(a size, b size) RETURNS bool LANGUAGE plgo AS $$ return a < b $$;
CREATE FUNCTION is_worn(a worn) RETURNS bool LANGUAGE plgo AS $$ return a >= "medium" $$;
CREATE FUNCTION unnamed(size, size) RETURNS bool LANGUAGE plgo AS $$ return _1 >= args[1] $$;
CREATE FUNCTION column_of(i item) RETURNS bool LANGUAGE plgo AS $$ return i.Size < "medium" $$;
CREATE FUNCTION element_of(sizes size[]) RETURNS size LANGUAGE plgo AS $$ best := "large"; for _, s := range sizes { if s < best { best = s } }; return best $$;
CREATE FUNCTION of_lists(sizes size[]) RETURNS size[] LANGUAGE plgo AS $$
    if sizes == nil {
        return nil
    }
    slices.Sort(sizes)
    return slices.Sorted(slices.Values(sizes[1:]))
$$;
CREATE FUNCTION by_function(sizes size[]) RETURNS size[] LANGUAGE plgo AS $$
    slices.SortFunc(sizes, strings.Compare)
    slices.SortFunc(sizes, func(a, b string) int { return cmp.Compare(b, a) })
    sort.Strings(sizes)
    return sizes
$$;
CREATE FUNCTION ranges(a int4range, b int4range) RETURNS bool LANGUAGE plgo AS $$ return a < b $$;
CREATE FUNCTION amounts(a money, b money) RETURNS money LANGUAGE plgo AS $$ return min(a, b) $$;
CREATE FUNCTION sorted_any(list anyarray) RETURNS anyarray LANGUAGE plgo AS $$ slices.Sort(list); return list $$;
-- What the hints say.
CREATE FUNCTION greater(a anyelement, b anyelement) RETURNS anyelement LANGUAGE plgo AS $$
    var less bool
    err := pg.QueryRow("SELECT $1 < $2", pg.Any(a), pg.Any(b)).Scan(&less)
    if less {
        return b.String(), err
    }
    return a.String(), err
$$;
SELECT greater(9, 10), greater('a'::text, 'b'), greater(date '2026-01-31', '2026-02-01');
CREATE FUNCTION is_less(a size, b size) RETURNS bool LANGUAGE plgo AS $$
    var less bool
    err := pg.QueryRow("SELECT $1::public.size < $2::public.size", a, b).Scan(&less)
    return less, err
$$;
SELECT is_less('small', 'medium'), is_less('large', 'medium');
CREATE FUNCTION of_lists(sizes size[]) RETURNS size[] LANGUAGE plgo AS $$
    var sorted []string
    err := pg.QueryRow("SELECT array_agg(x ORDER BY x) FROM unnest($1::public.size[]) x", sizes).Scan(&sorted)
    return sorted, err
$$;
SELECT of_lists('{large,small,medium}');
CREATE FUNCTION sorted_any(list anyarray) RETURNS anyarray LANGUAGE plgo AS $$
    var sorted string
    err := pg.QueryRow("SELECT array_agg(x ORDER BY x)::text FROM unnest($1) x", pg.Any(list)).Scan(&sorted)
    return sorted, err
$$;
SELECT sorted_any(ARRAY[10, 9, -1]);
-- What is right stays: equality, texts, characters, and texts that somebody asks for.
CREATE FUNCTION right_ones(s size, i item, a varchar, b char(3), c name, d bit(3)) RETURNS bool LANGUAGE plgo AS $$
    return s == "small" && s != "large" && i.Name < "z" && i.Mail < "z" && min(a, b, c) == a && d < "111" && s[0] < 't' && string(s) > "large"
$$;
SELECT right_ones('small', ('n', 'small', 'm@x'), 'a', 'b', 'c', '101');
CREATE FUNCTION same_text(a anyelement, b anyelement) RETURNS bool LANGUAGE plgo AS $$ return string(a) == string(b) $$;
SELECT same_text(1.0, 1.00), same_text(1, 1);
