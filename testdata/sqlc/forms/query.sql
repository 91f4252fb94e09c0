-- name: AddMaker :one
INSERT INTO makers (id, name, home, seen) VALUES ($1, $2, $3, $4) RETURNING *;

-- name: AddItem :one
INSERT INTO items (maker, name, shade, sizes, others, price, prices, off, refs, stocked, opens, made, sold, lasts, weight, count, small, flags, blob, extra, plain, net, mac, span, period, days, place, mask, grid, code, blobs, texts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)
RETURNING *;

-- name: Items :many
SELECT * FROM items ORDER BY id;

-- name: WithMakers :many
SELECT sqlc.embed(items), sqlc.embed(makers) FROM items JOIN makers ON makers.id = items.maker ORDER BY items.id;

-- name: ByShade :many
SELECT id, name FROM items WHERE shade = sqlc.narg(shade) OR sqlc.narg(shade) IS NULL ORDER BY id;

-- name: ByShades :many
SELECT id, shade FROM items WHERE shade = ANY(sqlc.arg(shades)::color[]) ORDER BY id;

-- name: ByRefs :many
SELECT id FROM items WHERE refs && sqlc.arg(refs)::uuid[] ORDER BY id;

-- name: Reprice :execresult
UPDATE items SET price = $2 WHERE id = $1;

-- name: Recount :execrows
UPDATE items SET count = count + 1 WHERE count IS NOT NULL;

-- name: Total :one
SELECT avg(weight)::float8 AS weight, max(made)::date AS newest, array_agg(name ORDER BY id)::text[] AS names, count(*) FILTER (WHERE stocked) AS stocked, coalesce(min(price), 0)::numeric AS least FROM items;

-- name: Shades :one
SELECT array_agg(DISTINCT shade)::color[] FROM items WHERE shade IS NOT NULL;

-- name: Extra :one
SELECT extra->>'a' AS a, extra->'b' AS b, jsonb_build_object('n', count) AS c FROM items WHERE id = $1;

-- name: Remove :exec
DELETE FROM items WHERE id = $1;

-- name: Exists :one
SELECT EXISTS (SELECT 1 FROM items WHERE name = $1);

-- name: Slice :many
SELECT name FROM items WHERE id = ANY($1::bigint[]) AND name LIKE '%' || @part::text || '%' ORDER BY 1 LIMIT sqlc.arg('limit') OFFSET sqlc.arg('offset');

-- name: CopyItems :copyfrom
INSERT INTO items (name, shade, sizes, others, price, refs, made, extra, blob, span, weight) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: CopyMakers :copyfrom
INSERT INTO makers (id, name) VALUES ($1, $2);

-- name: Pricier :batchmany
SELECT id, name, price, shade, sizes FROM items WHERE price > $1 AND (shade = sqlc.narg(shade) OR sqlc.narg(shade) IS NULL) ORDER BY id;

-- name: ItemOf :batchone
SELECT sqlc.embed(items), makers.name AS maker_name FROM items LEFT JOIN makers ON makers.id = items.maker WHERE items.id = $1;

-- name: SetShade :batchexec
UPDATE items SET shade = $2, sizes = $3 WHERE id = $1;
