// Package pgsql is a driver for database/sql by which Go code in PostgreSQL uses the
// session that it runs in:
//
//	db, err := sql.Open("pgstd", "")
//
// Whatever connections database/sql makes, they are all this session. What [pg.Exec] says of
// statements that fail holds here, too: outside of a transaction, one fails the call.
// A transaction, by DB.BeginTx, is a subtransaction ([pg.Begin]): Rollback undoes it and the
// call can go on. Only the goroutine that runs the function can use SQL, and a context is
// looked at before a statement and between its rows; PostgreSQL's own timeouts end one
// that runs.
//
// A parameter has the type that the statement asks for, and placeholders are $1, $2, or
// @name with sql.Named.
package pgsql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/internal/host"
	base "github.com/pgstd/pgstd/pg/internal/pg"
	"github.com/pgstd/pgstd/pg/internal/untyped"
)

func init() {
	sql.Register("pgstd", Driver{})
	base.NoRows = append(base.NoRows, sql.ErrNoRows)
}

// Driver is the driver, for sql.OpenDB and the like.
type Driver struct{}

// Open returns a connection; the name has to be empty, as there is but one database.
func (d Driver) Open(name string) (driver.Conn, error) {
	if name != "" {
		return nil, errors.New(`pgsql: a function uses the session that it runs in; the data source name is ""`)
	}
	return &conn{}, nil
}

// OpenConnector returns what makes connections.
func (d Driver) OpenConnector(name string) (driver.Connector, error) {
	if _, err := d.Open(name); err != nil {
		return nil, err
	}
	return connector{}, nil
}

type connector struct{}

func (connector) Connect(ctx context.Context) (driver.Conn, error) { return &conn{}, ctx.Err() }

func (connector) Driver() driver.Driver { return Driver{} }

// conn is the session.
type conn struct{}

var (
	_ driver.QueryerContext    = (*conn)(nil)
	_ driver.ExecerContext     = (*conn)(nil)
	_ driver.ConnBeginTx       = (*conn)(nil)
	_ driver.NamedValueChecker = (*conn)(nil)
	_ driver.Pinger            = (*conn)(nil)
)

func (*conn) Close() error { return nil }

func (*conn) Ping(ctx context.Context) error { return ctx.Err() }

func (c *conn) Prepare(query string) (driver.Stmt, error) { return &stmt{c, query}, nil }

func (c *conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

func (c *conn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if options.ReadOnly || sql.IsolationLevel(options.Isolation) != sql.LevelDefault {
		return nil, &pg.Error{Code: "0A000", Message: "a transaction in a function has the isolation level and access mode of the one around it"}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t, err := pg.Begin()
	if err != nil {
		return nil, err
	}
	return &tx{t, host.Goid()}, nil
}

// CheckNamedValue takes whatever package pg does, besides what database/sql knows.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	value, err := untyped.Value(v.Value)
	v.Value = value
	return err
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list, err := arguments(args)
	if err != nil {
		return nil, err
	}
	n, err := pg.Exec(query, list...)
	return driver.RowsAffected(n), err
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list, err := arguments(args)
	if err != nil {
		return nil, err
	}
	r, err := pg.QueryRows(query, list...)
	if err != nil {
		return nil, err
	}
	return &rows{ctx: ctx, rows: r, goid: host.Goid()}, nil
}

// arguments returns the arguments of a statement; those of sql.Named have names.
func arguments(args []driver.NamedValue) ([]any, error) {
	named := pg.NamedArgs{}
	list := make([]any, len(args))
	for i, a := range args {
		list[i] = a.Value
		if a.Name != "" {
			named[a.Name] = a.Value
		}
	}
	switch len(named) {
	case 0:
		return list, nil
	case len(args):
		return []any{named}, nil
	}
	return nil, errors.New("pgsql: either all arguments of a statement have names, each one of its own, or none has")
}

// stmt is a prepared statement. The session keeps plans by the text of statements.
type stmt struct {
	conn  *conn
	query string
}

func (*stmt) Close() error { return nil }

func (*stmt) NumInput() int { return -1 }

func (s *stmt) CheckNamedValue(v *driver.NamedValue) error { return s.conn.CheckNamedValue(v) }

func (s *stmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.conn.ExecContext(context.Background(), s.query, numbered(args))
}

func (s *stmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.conn.QueryContext(context.Background(), s.query, numbered(args))
}

func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.conn.ExecContext(ctx, s.query, args)
}

func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.conn.QueryContext(ctx, s.query, args)
}

func numbered(args []driver.Value) []driver.NamedValue {
	list := make([]driver.NamedValue, len(args))
	for i, v := range args {
		list[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return list
}

// tx is a transaction. When its context is cancelled, database/sql rolls it back from a
// goroutine of its own, which cannot use SQL: then it is left for the end of the call.
type tx struct {
	tx   *pg.Tx
	goid uint64
}

func (t *tx) Commit() error { return t.end(t.tx.Commit) }

func (t *tx) Rollback() error { return t.end(t.tx.Rollback) }

func (t *tx) end(how func() error) error {
	if host.Goid() != t.goid {
		return errors.New("pgsql: only the goroutine that runs the function can end its transactions")
	}
	err := how()
	if errors.Is(err, pg.ErrTxDone) {
		return sql.ErrTxDone
	}
	return err
}
