package plgotest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// scannedSamples is a value of each SQL type of the table in docs/functions.md.
var scannedSamples = map[string]string{
	"boolean": "true", "smallint": "-2", "integer": "3", "bigint": "4", "real": "1.5", "double precision": "-2.5",
	"text": "'a b'", "bytea": `'\x00ff'`, "oid": "4294967295", "uuid": "'11111111-2222-3333-4444-555555555555'", "numeric": "12",
	"timestamp with time zone": "'2026-01-02 03:04:05.000006+00'", "timestamp without time zone": "'2026-01-02 03:04:05'", "date": "'2026-01-02'",
	"interval": "'03:04:05'", "time without time zone": "'23:59:59.999999'", "jsonb": `'{"a": [1, "x"]}'`, "json": `'{"a":1}'`,
	"inet": "'10.1.2.3'", "cidr": "'10.0.0.0/8'", "record": "ROW(1, 'x'::text)",
	"int4range": "'[1,5)'", "int8range": "'[1,5)'", "numrange": "'[1.5,2]'", "tstzrange": `'["2026-01-02 00:00:00+00",)'`, "tsrange": `'["2026-01-02 00:00:00",)'`,
	"daterange":      "'[2026-01-02,2026-02-03)'",
	"int4multirange": "'{[1,5)}'", "int8multirange": "'{[1,5)}'", "nummultirange": "'{[1.5,2]}'", "tstzmultirange": `'{["2026-01-02 00:00:00+00",)}'`,
	"tsmultirange": `'{["2026-01-02 00:00:00",)}'`, "datemultirange": "'{[2026-01-02,2026-02-03)}'",
}

// more samples, that are read otherwise.
var scannedMore = []struct{ goType, sqlType, sample string }{
	{"netip.Prefix", "inet", "'::1'"}, {"netip.Prefix", "inet", "'10.1.2.3/8'"}, {"netip.Prefix", "inet", "'fe80::1/64'"}, {"netip.Addr", "inet", "'fe80::1'"},
	{"netip.Prefix", "cidr", "'10.1.2.3'"}, {"time.Duration", "time", "'00:00'"},
	{"time.Duration", "interval", "'-00:00:00.000001'"},
}

// TestTableIsScanned: what the table of types gives for an SQL type can be scanned from a column of
// it, alone, as a pointer, as an element, a field, a column of a record; and is a parameter again.
func TestTableIsScanned(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "functions.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(data), "<!-- types:")
	table, _, _ = strings.Cut(table, "<!-- /types -->")
	var calls strings.Builder
	n := 0
	add := func(goType, sqlType, sample string) {
		n++
		fmt.Fprintf(&calls, "\tfailures = append(failures, scanned[%s](%q, %q)...)\n", goType, sqlType, sample)
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| `([^`]+)`").FindAllStringSubmatch(table, -1) {
		switch goType, sqlType := row[1], row[2]; goType {
		case "pg.Any", "uuid.UUID": // an argument alone; of a module
		default:
			sample, ok := scannedSamples[sqlType]
			if !ok {
				t.Errorf("%s has no sample", sqlType)
				continue
			}
			add(goType, sqlType, sample)
		}
	}
	if n < 35 {
		t.Fatalf("the table has %d rows only", n)
	}
	for _, more := range scannedMore {
		add(more.goType, more.sqlType, more.sample)
	}
	s := sharedServer(t)
	database(t, s, "scanned")
	c := connect(t, s, "scanned")
	c.exec("set timezone = 'UTC'; create function table_is_scanned() returns text language plgo as $go$" + scannedText + `
	var failures []string
` + calls.String() + `	return strings.Join(failures, "\n")
$go$`)
	c.want("select table_is_scanned()", "")
}

// scannedText scans a T from a column in all ways, and says what went wrong. A value is what it has to
// be if SQL makes of it, as a parameter, what it makes of the sample.
const scannedText = `
func scanned[T any](sqlType, sample string) (failures []string) {
	value := sample + "::" + sqlType
	if sqlType == "record" {
		value = sample
	}
	fails := func(way string, err error) {
		if err != nil {
			failures = append(failures, fmt.Sprintf("%T, %s %s: %v", *new(T), value, way, err))
		}
	}
	check := func(way string, v T) {
		var got, want string
		query := "SELECT pg_catalog.to_json($1::" + sqlType + ")::text, pg_catalog.to_json(" + value + ")::text"
		if sqlType == "record" {
			query = "SELECT pg_catalog.to_json($1)::text, pg_catalog.to_json(" + value + ")::text"
		}
		err := pg.QueryRow(query, v).Scan(&got, &want)
		if err == nil && got != want {
			err = fmt.Errorf("it is %s, not %s", got, want)
		}
		fails(way, err)
	}
	var alone T
	fails("alone", pg.QueryRow("SELECT "+value).Scan(&alone))
	check("alone", alone)
	for row, err := range pg.Query("SELECT " + value) {
		var looped T
		if err == nil {
			err = row.Scan(&looped)
		}
		fails("in a loop", err)
		check("in a loop", looped)
	}
	var p *T
	null := new(T)
	fails("as a pointer", pg.QueryRow("SELECT "+value+", NULL::"+sqlType).Scan(&p, &null))
	if p == nil || null != nil {
		fails("as a pointer", errors.New("NULL is not nil"))
	} else {
		check("as a pointer", *p)
	}
	fails("as a NULL", pg.QueryRow("SELECT $1::text", null).Scan(new(*string)))
	var list []T
	var nulls []*T
	fails("as elements", pg.QueryRow("SELECT ARRAY["+value+", "+value+"], ARRAY["+value+", NULL]").Scan(&list, &nulls))
	if len(list) == 2 && len(nulls) == 2 && nulls[0] != nil && nulls[1] == nil {
		check("as an element", list[1])
		check("as an element", *nulls[0])
		if sqlType != "record" {
			var same bool
			fails("as elements again", pg.QueryRow("SELECT array_to_json($1::"+sqlType+"[])::text = array_to_json(ARRAY["+value+", "+value+"])::text", list).Scan(&same))
			if !same {
				fails("as elements again", errors.New("they are others"))
			}
		}
	} else {
		fails("as elements", fmt.Errorf("%v %v", list, nulls))
	}
	row := "SELECT * FROM (SELECT " + value + " AS v, " + value + " AS p, ARRAY[" + value + "] AS l) x"
	type fields struct {
		V T
		P *T
		L []T
	}
	one, err := pg.CollectOneRow(pg.Query(row), pg.RowToStructByName[fields])
	fails("as fields", err)
	if err == nil {
		check("as a field", one.V)
	}
	one = fields{}
	fails("as fields", pg.QueryRow(row).Scan(&one))
	if one.P != nil {
		check("as a field", *one.P)
	}
	var record pg.Record
	fails("of a record", pg.QueryRow("SELECT x FROM ("+row+") x").Scan(&record))
	var got T
	fails("of a record", record.Get("v", &got))
	check("of a record", got)
	fails("of a record", record.Get("p", &p))
	fails("of a record", record.Get("l", &list))
	return failures
}
`
