package pgtypes

import "strings"

// builtin are the names in pg_catalog of types that a value can have: found before
// any other of the name.
var builtin = func() map[string]bool {
	names := map[string]bool{}
	for _, name := range strings.Fields(`
		aclitem any bit bool box bpchar bytea char cid cidr circle cstring date float4 float8 gtsvector inet int2
		int2vector int4 int8 interval json jsonb jsonpath line lseg macaddr macaddr8 money name numeric oid oidvector
		path point polygon record refcursor text tid time timestamp timestamptz timetz trigger tsquery tsvector
		uuid varbit varchar void xid xid8 xml
		int4range int8range numrange tsrange tstzrange daterange
		int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange
		regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole regtype
		pg_lsn pg_snapshot txid_snapshot
	`) {
		names[name] = true
	}
	return names
}()

// Builtin reports whether PostgreSQL has a type of this name, which another one of
// the name would stand behind.
func Builtin(name string) bool {
	_, synonym := synonyms[name]
	return builtin[name] || synonym
}
