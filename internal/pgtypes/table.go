// Package pgtypes is the table of types that cross between SQL and Go: which Go
// type goes with which SQL type, in what form it crosses, and what generated code
// calls to turn one into the other. The generator of extensions looks types up by
// what the author has written in Go, the compiler of the language by what the user
// has written in SQL; both get the same.
//
// It knows names only: it asks no server, and reads no catalog.
package pgtypes

import (
	"slices"

	"github.com/pgstd/pgstd/pg/pgabi"
)

// Type is a pair of a Go type and an SQL type.
type Type struct {
	Go  string // as generated code writes it
	SQL string // as a script writes it; empty for the several results of a function
	// Code and Details are what the host is told.
	Code    byte
	Details string
	// Nullable says that the Go type is a pointer whose nil is NULL.
	Nullable bool
	// Simple names the methods of pgabi.Slot that read (X) and write (SetX) the
	// type; empty if it takes Get and Put.
	Simple string
	// Get and Put are Go expressions, of types func(*codec.Slot) (T, error) and
	// func(*codec.Out, *codec.Slot, T) error.
	Get, Put string
	// Imports are the packages that Go, Get and Put name.
	Imports []string
	// Records are the structs for which Get and Put need functions to be generated.
	Records []*Record

	target  *Type // what a pointer points to
	element *Type // of an array
	rows    *Type // the rows of an array of several dimensions
	fixed   bool  // as an element, has the same form in memory on both sides
	foreign bool  // from a module that only some packages have
	view    bool  // is valid during the call that it is an argument of
	asked   bool  // goes with the SQL type only where the Go type says so
	plain   bool  // stands for the Go type where nothing says which SQL type
	note    string
}

const (
	codecPath = "github.com/pgstd/pgstd/pg/pgabi/codec"
	timePath  = "github.com/pgstd/pgstd/pg/pgabi/timecodec"
	jsonPath  = "github.com/pgstd/pgstd/pg/pgabi/jsoncodec"
	netPath   = "github.com/pgstd/pgstd/pg/pgabi/netcodec"
	bigPath   = "github.com/pgstd/pgstd/pg/pgabi/bigcodec"
	pgPath    = "github.com/pgstd/pgstd/pg"
)

// generic makes the names of a pair of generic functions of package codec.
func generic(name, goType string) (get, put string) {
	return "codec.Get" + name + "[" + goType + "]", "codec.Put" + name + "[" + goType + "]"
}

func basic(goType, sql string, code byte, simple, name string, fixed bool, note string) Type {
	get, put := generic(name, goType)
	return Type{
		Go: goType, SQL: sql, Code: code, Simple: simple, Get: get, Put: put,
		Imports: []string{codecPath}, fixed: fixed, plain: true, note: note,
	}
}

func glue(goType, sql string, code byte, path, name string, imports ...string) Type {
	pkg := path[len(pgPath+"/pgabi/"):]
	return Type{
		Go: goType, SQL: sql, Code: code, Get: pkg + ".Get" + name, Put: pkg + ".Put" + name,
		Imports: append([]string{codecPath, path}, imports...),
	}
}

// table has, for each Go type, the SQL type that it stands for first, and for
// each SQL type the Go type that is best for it first.
var table = slices.Concat(ownTypes, viewTypes(), rangeTypes(), pgtypeTypes())

// ownTypes are the types that every package can use.
var ownTypes = []Type{
	basic("bool", "boolean", pgabi.Bool, "Bool", "Bool", true, ""),
	basic("int16", "smallint", pgabi.Int2, "Int2", "Int", true, ""),
	basic("int32", "integer", pgabi.Int4, "Int4", "Int", true, ""),
	basic("int64", "bigint", pgabi.Int8, "Int8", "Int", true, ""),
	basic("float32", "real", pgabi.Float4, "Float4", "Float4", true, ""),
	basic("float64", "double precision", pgabi.Float8, "Float8", "Float8", true, ""),
	basic("string", "text", pgabi.Text, "Text", "Text", false, "a result has to be valid UTF-8 without a NUL byte, or the call fails with 22021"),
	basic("[]byte", "bytea", pgabi.Bytea, "Bytea", "Bytea", false, "an argument is never nil"),
	basic("uint32", "oid", pgabi.OID, "", "OID", true, ""),
	named("pg.UUID", "uuid", pgabi.UUID, "UUID", true, pgPath, ""),
	basic("[16]byte", "uuid", pgabi.UUID, "", "UUID", true, ""),
	named("uuid.UUID", "uuid", pgabi.UUID, "UUID", true, "github.com/google/uuid", "of `github.com/google/uuid`"),
	numeric(named("pg.Numeric", "numeric", pgabi.Text, "Text", false, pgPath, "a string, such as `12.50` or `NaN`")),
	plain(glue("big.Int", "numeric", pgabi.Whole, bigPath, "Int", "math/big"), "whole numbers; for an argument `*big.Int` is nullable"),
	plain(glue("time.Time", "timestamp with time zone", pgabi.Timestamptz, timePath, "Timestamptz", "time"), "in UTC; infinity is `pg.Infinity`"),
	note(glue("time.Time", "timestamp without time zone", pgabi.Timestamp, timePath, "Timestamp", "time"), "what the clock shows; in UTC as an argument"),
	note(glue("time.Time", "date", pgabi.Date, timePath, "Date", "time"), "midnight in UTC as an argument"),
	named("pg.Interval", "interval", pgabi.Interval, "Interval", true, pgPath, "months, days and microseconds"),
	plain(glue("time.Duration", "interval", pgabi.Interval, timePath, "Interval", "time"), "no days or months in an argument"),
	note(glue("time.Duration", "time without time zone", pgabi.Time, timePath, "Time", "time"), "since midnight"),
	plain(glue("json.RawMessage", "jsonb", pgabi.Text, jsonPath, "Raw", "encoding/json"), ""),
	glue("json.RawMessage", "json", pgabi.Text, jsonPath, "Raw", "encoding/json"),
	plain(glue("netip.Prefix", "inet", pgabi.Text, netPath, "Prefix", "net/netip"), ""),
	glue("netip.Prefix", "cidr", pgabi.Text, netPath, "Prefix", "net/netip"),
	record,
	{Go: "pg.Any", SQL: AnySQL, Code: pgabi.Any, Get: "codec.GetAny[pg.Any]", Imports: []string{codecPath, pgPath}, plain: true,
		note: "an argument of whatever type, which it knows; `type=anyelement` and the like, if named"},
	plain(glue("netip.Addr", "inet", pgabi.Text, netPath, "Addr", "net/netip"), "a network in an argument is an error (22023)"),
}

// record is a row of any type.
var record = Type{
	Go: "pg.Record", SQL: "record", Code: pgabi.Row, Get: "codec.GetRecord[pg.Record]", Put: "codec.PutRecord[pg.Record]",
	Imports: []string{codecPath, pgPath}, plain: true, note: "any composite type, by the names of its columns",
}

// numeric makes the empty string no value of a type that crosses as text.
func numeric(t Type) Type {
	_, t.Put = generic("Numeric", t.Go)
	return t
}

func plain(t Type, text string) Type {
	t.plain = true
	return note(t, text)
}

func note(t Type, text string) Type {
	t.note = text
	return t
}

// named is a defined type of another package that a generic function takes.
func named(goType, sql string, code byte, name string, fixed bool, path, text string) Type {
	t := basic(goType, sql, code, "", name, fixed, text)
	t.Imports = append(t.Imports, path)
	return t
}

// synonyms are other names of SQL types.
var synonyms = map[string]string{
	"bool": "boolean", "int2": "smallint", "int": "integer", "int4": "integer", "int8": "bigint",
	"float4": "real", "float8": "double precision", "float": "double precision",
	"decimal": "numeric", "timestamptz": "timestamp with time zone", "timestamp": "timestamp without time zone",
	"time": "time without time zone", "timetz": "time with time zone",
	"varchar": "character varying", "bpchar": "character", "char": "character",
	"varbit": "bit varying",
}

// Void is the result of a function that has none.
var Void = Type{SQL: "void", Code: pgabi.Void}

// ByValue reports whether a slot holds the value itself, and nothing has to be
// known of the SQL type.
func (t *Type) ByValue() bool { return t.Code < pgabi.Text }

// Direct reports whether the host passes the value without a plan.
func (t *Type) Direct() bool {
	return t.Code <= pgabi.Bytea && (t.Simple != "" || t.Code == pgabi.Void)
}

// AnyRow is a row of any type, as a pg.Record.
func AnyRow() Type { return record }
