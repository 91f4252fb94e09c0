-- What textkit does, shown on the texts of PostgreSQL's own catalog.
\set ECHO queries
\pset footer off

select description, slugify(description) from pg_description
where length(description) between 30 and 40 order by objoid, description limit 4;

select key as word, sum(value::int) as times
from pg_description, jsonb_each_text(word_counts(description)::jsonb)
group by key order by times desc, word limit 6;

select proname, levenshtein(proname, 'pg_get_fucntiondef') as distance
from pg_proc group by proname order by distance, proname limit 3;

select proname, excerpt(description, 40) from pg_description d join pg_proc p on p.oid = objoid
where classoid = 'pg_proc'::regclass and length(description) > 60 order by proname, p.oid limit 4;

select groups->>'action' as action, count(*), min(groups->>'type') as first, max(groups->>'type') as last
from (select regexp_groups('^(?P<type>[a-z0-9_]+?)_?(?P<action>in|out|recv|send)$', prosrc)::jsonb from pg_proc) g(groups)
where groups is not null group by action order by action;

select count(distinct oid) as functions,
       count(distinct json_sha256(to_json(p)::text)) as as_written,
       count(distinct json_sha256(to_jsonb(p)::text)) as with_keys_reordered,
       count(distinct digest) as together
from pg_proc p, lateral (values (json_sha256(to_json(p)::text)), (json_sha256(to_jsonb(p)::text))) v(digest);

with releases as materialized (
    select name, version from pg_available_extension_versions where version ~ '^[0-9]+\.[0-9]+$'
), latest as (
    select name, version from releases a where not exists (
        select from releases b where b.name = a.name and semver_compare(b.version || '.0', a.version || '.0') > 0)
)
select name, max(r.version) as greatest_as_text, l.version as greatest_as_version
from releases r join latest l using (name) group by name, l.version having max(r.version) <> l.version order by name limit 4;

select strip_markdown(format('# %s' || e'\n\n' || '*%s* lies in [%s](https://%s/%s)', proname, proname, nspname, 'PG.example', oid)),
       url_host(format('https://%s/%s', 'PG.example', oid)), luhn_valid(oid::text)
from (select p.oid, proname, nspname from pg_proc p join pg_namespace n on n.oid = pronamespace order by p.oid limit 2) f;

\echo An error is an ordinary SQL error:
\set ON_ERROR_STOP off
select semver_compare('1.2.3', 'latest');
\set ON_ERROR_STOP on

-- Things that hold of every row; a false one ends the demo.
\set ECHO none
do $$
begin
	assert (select bool_and(length(excerpt(prosrc, 40)) <= 40) from pg_proc), 'excerpt is too long';
	assert (select bool_and(slugify(slugify(description)) = slugify(description)) from pg_description), 'a slug has a slug of its own';
	assert (select bool_and(levenshtein(description, description || 'xyz') = 3) from (select description from pg_description limit 500) d), 'levenshtein';
	assert (select bool_and(url_host('http://' || slugify(proname) || '/') = slugify(proname)) from pg_proc), 'url_host';
	assert (select sum(value::int) > 10000 from pg_description, jsonb_each_text(word_counts(description)::jsonb)), 'word_counts';
	assert (select count(*) filter (where luhn_valid(oid::text)) between count(*) / 20 and count(*) / 5 from pg_proc), 'luhn_valid';
end
$$;
