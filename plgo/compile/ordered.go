package compile

import "github.com/pgstd/pgstd/internal/pgtypes"

// text returns the type of what SQL orders otherwise than by its text, which Go may have for it;
// empty if it is ordered so. Of a row it notes those of its columns.
func (s *shape) text(t SQLType, own *structNames) string {
	for {
		switch {
		case t.Base != nil:
			t = *t.Base
		case t.Element != nil:
			t = *t.Element
		case t.Kind == "c":
			name, _ := own.Struct(t.Name)
			record := s.structs[name]
			if record == nil {
				return ""
			}
			for _, c := range t.Columns {
				sql := s.text(c.Type, own)
				for _, field := range record.Fields {
					if field.SQL == c.Name && sql != "" {
						s.sig.Texts[name+"."+field.Go] = sql
					}
				}
			}
			return ""
		case pgtypes.OrderedAsText(pgtypes.Canonical(t.Name)):
			return ""
		default:
			return t.Name
		}
	}
}
