// Package pgxpg is the session that a function runs in, as what github.com/jackc/pgx/v5
// has for a connection: code that takes an interface with pgx's methods, such as sqlc's
// DBTX, runs unchanged.
//
//	queries := db.New(pgxpg.DB{})
//
// What pg.Exec says of statements that fail holds here, too: outside of a transaction, one
// fails the call. Begin begins a subtransaction: Rollback undoes it, and the call can go on.
// Only the goroutine that runs the function can use SQL, and a context is looked at before
// a statement and between its rows; PostgreSQL's own timeouts end one that runs.
//
// A parameter has the type that the statement asks for, as pgx has it. There is no *pgx.Conn,
// and so no LISTEN, no tracer, and no type map of one's own.
package pgxpg

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgstd/pgstd/pg"
	base "github.com/pgstd/pgstd/pg/internal/pg"
)

func init() { base.NoRows = append(base.NoRows, pgx.ErrNoRows) }

// DB is the session; its zero value is ready.
type DB struct{}

// Ping reports whether the context has ended.
func (DB) Ping(ctx context.Context) error { return ctx.Err() }

// Exec runs a statement.
func (DB) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	sql, args, err := prepare(ctx, sql, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	n, err := pg.Exec(sql, args...)
	if err != nil {
		return pgconn.CommandTag{}, convert(err)
	}
	return tag(sql, n), nil
}

// Query runs a statement that returns rows. As pgx does, it returns rows even with an error.
func (DB) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	r := &rows{ctx: ctx}
	sql, args, err := prepare(ctx, sql, args)
	if err == nil {
		r.sql = sql
		r.rows, err = pg.QueryRows(sql, args...)
	}
	if err != nil {
		r.err = convert(err)
		return r, r.err
	}
	r.describe()
	return r, nil
}

// QueryRow runs a statement of which one row is wanted; Scan says what went wrong.
func (d DB) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	r, _ := d.Query(ctx, sql, args...)
	return row{r}
}

// Begin begins a subtransaction.
func (DB) Begin(ctx context.Context) (pgx.Tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	tx, err := pg.Begin()
	if err != nil {
		return nil, convert(err)
	}
	return &Tx{tx: tx}, nil
}

// BeginTx is Begin: in a function, there are no options.
func (d DB) BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error) {
	if options != (pgx.TxOptions{}) {
		return nil, &pg.Error{Code: "0A000", Message: "a transaction in a function has the isolation level and access mode of the one around it"}
	}
	return d.Begin(ctx)
}

// CopyFrom inserts rows, one after the other.
func (DB) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	var b strings.Builder
	b.WriteString("INSERT INTO " + table.Sanitize() + " (")
	for i, column := range columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(pg.QuoteIdent(column))
	}
	b.WriteString(") VALUES (")
	for i := range columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	b.WriteString(")")
	n := int64(0)
	for src.Next() {
		values, err := src.Values()
		if err != nil {
			return n, err
		}
		if len(values) != len(columns) {
			return n, errors.New("pgxpg: row " + strconv.FormatInt(n+1, 10) + " has " + strconv.Itoa(len(values)) + " values for " + strconv.Itoa(len(columns)) + " columns")
		}
		query, args, err := prepare(ctx, b.String(), values)
		if err != nil {
			return n, err
		}
		if _, err := pg.Exec(query, args...); err != nil {
			return n, convert(err)
		}
		n++
	}
	return n, src.Err()
}

// Tx is a subtransaction.
type Tx struct {
	DB
	tx *pg.Tx
}

var _ pgx.Tx = (*Tx)(nil)

// Commit keeps what was done.
func (t *Tx) Commit(ctx context.Context) error { return ended(t.tx.Commit()) }

// Rollback undoes what was done; it does no harm after a Commit.
func (t *Tx) Rollback(ctx context.Context) error { return ended(t.tx.Rollback()) }

func ended(err error) error {
	if errors.Is(err, pg.ErrTxDone) {
		return pgx.ErrTxClosed
	}
	return convert(err)
}

// Conn is nil: there is no connection.
func (*Tx) Conn() *pgx.Conn { return nil }

// LargeObjects are not there: SQL has functions for them.
func (*Tx) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }

// Prepare fails: the session keeps plans by the text of statements.
func (*Tx) Prepare(context.Context, string, string) (*pgconn.StatementDescription, error) {
	return nil, errors.New("pgxpg: statements have no names; run them by their text, whose plan is kept")
}

// convert makes an error of pgx's of one of package pg, which stays in its chain.
func convert(err error) error {
	var e *pg.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	return &pgError{err, &pgconn.PgError{
		Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: e.Code, Message: e.Message, Detail: e.Detail, Hint: e.Hint, Where: e.Context,
		SchemaName: e.Schema, TableName: e.Table, ColumnName: e.Column, DataTypeName: e.DataType, ConstraintName: e.Constraint,
	}}
}

type pgError struct {
	err error
	as  *pgconn.PgError
}

func (e *pgError) Error() string { return e.err.Error() }

func (e *pgError) Unwrap() []error { return []error{e.err, e.as} }

// tag makes what the server says of a command, as far as it can be told from its text.
func tag(sql string, n int64) pgconn.CommandTag {
	word := strings.ToUpper(firstWord(sql))
	switch word {
	case "INSERT":
		word = "INSERT 0 " + strconv.FormatInt(n, 10)
	case "SELECT", "UPDATE", "DELETE", "MERGE", "COPY":
		word += " " + strconv.FormatInt(n, 10)
	case "WITH", "VALUES", "TABLE":
		word = "SELECT " + strconv.FormatInt(n, 10)
	}
	return pgconn.NewCommandTag(word)
}

// firstWord skips what stands before a command: comments, such as sqlc's.
func firstWord(sql string) string {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n\f(")
		switch {
		case strings.HasPrefix(sql, "--"):
			_, sql, _ = strings.Cut(sql, "\n")
		case strings.HasPrefix(sql, "/*"):
			_, sql, _ = strings.Cut(sql, "*/")
		default:
			end := strings.IndexFunc(sql, func(r rune) bool { return r|0x20 < 'a' || r|0x20 > 'z' })
			if end >= 0 {
				sql = sql[:end]
			}
			return sql
		}
	}
}
