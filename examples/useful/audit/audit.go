// Package audit notes who has changed what in tables, in a table of its own.
package audit

import (
	"bytes"
	"encoding/json"

	"github.com/pgstd/pgstd/pg"
)

// Audit is a trigger for each row of a table: it notes inserts and deletes with the whole row, and of
// an update the columns that have changed, before and after. Columns that its arguments name are left
// out.
//
//pg:function security=definer set search_path='pg_catalog, pg_temp'
func Audit(t *pg.Trigger) error {
	before, err := columns(t.Old, t.Args)
	if err != nil {
		return err
	}
	after, err := columns(t.New, t.Args)
	if err != nil {
		return err
	}
	if t.Event == pg.Update {
		for name, value := range after {
			if bytes.Equal(before[name], value) {
				delete(before, name)
				delete(after, name)
			}
		}
		if len(after) == 0 {
			return nil
		}
	}
	_, err = pg.Exec("INSERT INTO audit_changes (what, tab, old, new) VALUES ($1, $2::oid, $3, $4)",
		t.Event.String(), t.RelID, object(before), object(after))
	return err
}

// columns are a row's columns as JSON.
func columns(r *pg.Record, without []string) (map[string]json.RawMessage, error) {
	if r == nil {
		return nil, nil
	}
	text, err := r.JSON()
	if err != nil {
		return nil, err
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	for _, name := range without {
		delete(all, name)
	}
	return all, nil
}

// object is nil, which is NULL, for a row that there is not.
func object(columns map[string]json.RawMessage) any {
	if columns == nil {
		return nil
	}
	return columns
}
