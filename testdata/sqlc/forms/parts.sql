-- name: AddPart :one
INSERT INTO parts (item, label, shade, fits, weight, count, small, extra) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *;

-- name: Parts :many
SELECT * FROM parts ORDER BY id;

-- name: Embedded :batchone
SELECT sqlc.embed(parts), makers.name AS maker FROM parts LEFT JOIN items ON items.id = parts.item LEFT JOIN makers ON makers.id = items.maker WHERE parts.id = $1;

-- name: Heavier :batchmany
SELECT id, weight FROM parts WHERE weight > $1 ORDER BY id;

-- name: CopyParts :copyfrom
INSERT INTO parts (label, shade, fits, weight, count) VALUES ($1, $2, $3, $4, $5);

-- name: Relabel :execresult
UPDATE parts SET label = sqlc.narg(label) WHERE id = sqlc.arg(id);
