-- name: GetAuthor :one
SELECT id, name, bio, feeling, born, joined, balance, active, height, level FROM authors WHERE id = $1 LIMIT 1;

-- name: ListAuthors :many
SELECT id, name, bio FROM authors ORDER BY name;

-- name: CreateAuthor :one
INSERT INTO authors (name, bio, feeling, born) VALUES ($1, $2, $3, $4) RETURNING id, joined;

-- name: SetBalance :execrows
UPDATE authors SET balance = $2 WHERE id = $1;

-- name: DeleteAuthor :exec
DELETE FROM authors WHERE id = $1;

-- name: DetailsOf :one
SELECT coalesce(details, 'null')::jsonb AS details, max(feeling) OVER ()::mood AS top FROM authors WHERE id = $1;

-- name: Rename :execresult
UPDATE authors SET name = $2 WHERE id = $1;

-- name: Moody :many
SELECT id FROM authors WHERE feeling = sqlc.narg(feeling) OR sqlc.narg(feeling) IS NULL ORDER BY id;
