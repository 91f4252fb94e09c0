// Package shipping makes scripts of extensions whose functions are written in plgo ready for servers without a
// compiler: with what their functions are compiled to in front.
package shipping

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/plgo/plgotest"
)

// scriptName is that of a script that creates an extension; one that upgrades has two versions.
var scriptName = regexp.MustCompile(`^([a-z_][a-z0-9_]*)--([A-Za-z0-9_.+~]+)\.sql$`)

// quitLine ends psql where somebody runs the script with it.
var quitLine = regexp.MustCompile(`(?m)^\\echo .*\\quit *\n`)

// Script is the script of an extension.
type Script struct {
	Name    string // of the extension
	Version string
	Path    string
	Control string // path of its control file
}

// Find finds out what extension a script is of.
func Find(path string) (*Script, error) {
	m := scriptName.FindStringSubmatch(filepath.Base(path))
	if m == nil {
		return nil, fmt.Errorf("%s: the script that creates an extension is called NAME--VERSION.sql", path)
	}
	s := &Script{Name: m[1], Version: m[2], Path: path, Control: filepath.Join(filepath.Dir(path), m[1]+".control")}
	for _, file := range []string{s.Path, s.Control} {
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("an extension has a script and a control file in one folder: %w", err)
		}
	}
	return s, nil
}

// objects writes a statement for each object of the functions in plgo that belong to the extension: one that
// inserts it as a restore does, so that it belongs to whatever function has its key. Nobody needs one twice.
const objects = `SET search_path = pg_catalog;
SELECT format('INSERT INTO plgo.object (key, target, digest, kit, go, modules, milliseconds, compiled, object, signature)
    VALUES (pg_catalog.decode(%%L, ''hex''), %%L, pg_catalog.decode(%%L, ''hex''), %%L, %%L, %%L, %%L, %%L, pg_catalog.decode(%%L, ''base64''), %%L);',
    encode(key, 'hex'), target, encode(digest, 'hex'), kit, go, modules, milliseconds, compiled, encode(object, 'base64'), signature)
FROM (SELECT DISTINCT ON (key, target) o.* FROM plgo.object AS o
    JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = o.function AND d.deptype = 'e'
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = '%s'
    ORDER BY key, target) AS object`

// compile compiles them: the script of an extension creates functions without looking at their texts.
const compile = `SELECT plgo.compile(p.oid::regprocedure)
    FROM pg_proc AS p
    JOIN pg_language AS l ON l.oid = p.prolang AND l.lanname = 'plgo'
    JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = '%s'`

// requires tells whether an extension depends on the language.
const requires = `SELECT count(*) FROM pg_depend AS d
    JOIN pg_extension AS e ON d.classid = 'pg_extension'::regclass AND d.objid = e.oid AND e.extname = '%s'
    JOIN pg_extension AS l ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = l.oid AND l.extname = 'plgo'`

// Compile creates the extension in a scratch PostgreSQL, and returns its script with the objects of its functions.
func Compile(ctx context.Context, o plgotest.Options, s *Script) (compiled []byte, err error) {
	text, err := os.ReadFile(s.Path)
	if err != nil {
		return nil, err
	}
	o.Files = append(o.Files, s.Path, s.Control)
	// A script has no place for a base, and its functions may be the only ones.
	o.Base = plgotest.NoBase
	server, err := plgotest.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	create := fmt.Sprintf("SET client_min_messages = warning; CREATE EXTENSION %s VERSION '%s' CASCADE", s.Name, s.Version)
	if _, err := server.Query(ctx, create); err != nil {
		return nil, fmt.Errorf("create extension %s: %w", s.Name, err)
	}
	if n, err := server.Query(ctx, fmt.Sprintf(requires, s.Name)); err != nil || n != "1" {
		return nil, errors.Join(err, fmt.Errorf("%s does not require the language; write into it: requires = 'plgo'", s.Control))
	}
	if _, err := server.Query(ctx, fmt.Sprintf(compile, s.Name)); err != nil {
		return nil, fmt.Errorf("compiling the functions of %s: %w", s.Name, err)
	}
	inserts, err := server.Query(ctx, fmt.Sprintf(objects, s.Name))
	if err != nil {
		return nil, fmt.Errorf("reading the objects of %s: %w", s.Name, err)
	}
	if inserts == "" {
		return nil, fmt.Errorf("extension %s has no function in plgo", s.Name)
	}
	at := 0
	if quit := quitLine.FindIndex(text); quit != nil {
		at = quit[1]
	}
	var b strings.Builder
	b.Write(text[:at])
	fmt.Fprintf(&b, "-- What its functions in plgo are compiled to, by pgbuild %s: a server that has it needs no compiler.\n%s\n\n", pgstd.Version, inserts)
	b.Write(text[at:])
	return []byte(b.String()), nil
}
