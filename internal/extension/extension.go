// Package extension knows everything about an author's package that is not
// compiling it: which functions it offers to SQL, what it does wrong, and the
// files that are generated from it (package main, C trampolines, SQL script,
// control file). It runs the go command only to find the package's files, and
// writes nothing.
package extension

import (
	"go/token"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

// Package is an author's package, checked.
type Package struct {
	Name       string // package name; also the name of the extension
	ImportPath string
	Dir        string
	ModulePath string
	ModuleDir  string
	GoVersion  string    // of the module's go line, as "1.26"
	Types      []SQLType // that the script creates
	BaseTypes  []*BaseType
	ownDomains []ownDomain // over them
	Ranges     []*Range
	Planners   []*Planner
	Classes    []*OperatorClass // for indexes; their functions are among Functions
	Functions  []Function
	Aggregates []*Aggregate // whose functions are among Functions
	Parameters []*Parameter // of the server's configuration
	Workers    []*Worker
	Blocks     []Block   // of SQL that the script takes in
	Upgrades   []Upgrade // scripts that ship beside it
	Control    Control
	JSON       bool    // maps and structs of the author's are passed as JSON, which costs encoding/json
	Time       bool    // moments are of package time for an any, which costs that
	Warnings   []Error // what deserves attention but is no error

	base string // what positions are relative to
}

// Kind is what a Function is in SQL, which decides how it is called.
type Kind uint8

// The kinds.
const (
	Plain        Kind = iota // a function
	Procedure                // CREATE PROCEDURE, for CALL
	Set                      // RETURNS SETOF
	Trigger                  // RETURNS trigger
	EventTrigger             // RETURNS event_trigger
	Window                   // WINDOW
)

// Function is a Go function offered to SQL.
type Function struct {
	Kind    Kind
	GoName  string
	SQLName string
	Symbol  string // of the C trampoline
	Index   int    // in the table of the generated package main
	Args    []Arg
	// Results are those besides an error: none for void, a row's for a Set. Several,
	// or those of a procedure, are OUT parameters.
	Results []Result
	// Fails says that the last result is an error.
	Fails bool
	// RowForm is what the rows of a Set are in Go, and RowType the name of a struct.
	RowForm RowForm
	RowType string
	// RowsFail says that each row of a Set comes with an error (iter.Seq2).
	RowsFail bool
	// Generic says that the function has a type parameter. Found says that its last result is a
	// bool: whether the first one is there, or NULL.
	Generic, Found bool
	// Untouched is how many of the last arguments are not there for Go: of a Final whose result's
	// type SQL finds out by those of the aggregate's arguments.
	Untouched int
	pointed   bool // that result is a pointer in generated code alone

	Strict   bool
	HasViews bool // an argument is valid only while the function runs

	Volatility      string // "immutable", "stable" or "volatile"; empty for the default
	Parallel        string // "safe", "restricted" or "unsafe"; empty for the default
	Cost            string // a positive number as written; empty for the default
	Rows            string // of a Set, estimated: a positive number as written; empty for the default
	SecurityDefiner bool
	Leakproof       bool
	Support         string // a Go function that the planner asks; empty for none
	Replace         bool   // CREATE OR REPLACE
	Settings        []Setting
	Grant           *grant // nil: everybody may call it, as PostgreSQL has it
	Operators       []Operator
	Casts           []Cast
	Aggregate       *Aggregate // of which this is a part; nil for a function of its own
	Part            AggregatePart
	Undoes          bool // an Inverse that says whether it has
	Entry           Entry
	settles         bool   // settings that have changed are looked at first
	call            string // the generated function that it calls; empty for the author's own

	Doc string // without directives, or what a directive says
	Pos token.Position
}

// Arg is an argument of a Function.
type Arg struct {
	Name     string // in SQL; empty for an argument without a name
	Type     pgtypes.Type
	Default  string // an SQL expression; empty for none
	Variadic bool
	AnyRow   bool // of a window function: it can be had of any row
}

// RowForm is what a row of a Set is in Go.
type RowForm uint8

// The forms of rows. Those but Value are columns without a type of their own: RETURNS TABLE.
const (
	Value  RowForm = iota // one value, which a composite type may be
	Pair                  // both values of an iter.Seq2
	Struct                // a struct without a directive
)

// Result is a result of a Function, or a column of its rows.
type Result struct {
	Name string // in SQL; empty for the only one
	Type pgtypes.Type
	// Field is the one of the row's struct.
	Field string
}
