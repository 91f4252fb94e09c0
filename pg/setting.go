package pg

import "github.com/pgstd/pgstd/pg/internal/host"

// Settable is what the value of a setting can be. A string type of the author's own takes
// the values of its constants, a time.Duration those of an SQL time with a unit.
type Settable interface {
	~bool | ~int | ~int32 | ~int64 | ~float64 | ~string
}

// Setting is a setting of the extension: a parameter of the server's configuration, which
// SET, postgresql.conf, ALTER ROLE and the like change. It is the value of a package variable
// that has a directive:
//
//	// Depth is how deep a search goes.
//	//
//	//pg:setting
//	var Depth = &pg.Setting[int]{Default: 10, Min: 1, Max: 100}
//
// Default, Min and Max are constants. Check, Assign and Show cannot use SQL.
type Setting[T Settable] struct {
	Default  T
	Min, Max T // of numbers; where both are 0, there is no limit

	// Check refuses values. One that comes when no Go code can run is checked when it is
	// first needed; if it is refused then, a warning says so, and Default counts.
	Check func(T) error

	// Assign is told the value before the first function of the extension runs in a session,
	// and before the next one when it has changed.
	Assign func(T)

	// Show returns what SHOW shows.
	Show func(T) string

	bound      *binding[T]
	generation uint64 // of the host's, of which value is; 0: there is none
	raw, value T      // as it was set, and what counts
	assigned   bool
}

type binding[T Settable] struct {
	host.Setting
	read func(*host.Slot) T
}

// Get returns the value. Outside of PostgreSQL, that is Default.
func (s *Setting[T]) Get() T {
	if s.generation == host.SettingsGeneration() {
		return s.value
	}
	return s.refresh()
}

// refresh reads the value, as any setting of the extension has changed.
func (s *Setting[T]) refresh() T {
	if s.bound == nil {
		return s.Default
	}
	slot, checked := host.SettingAt(s.bound.At, s.bound.Type)
	if slot == nil {
		return s.Default
	}
	known := s.generation != 0
	raw := s.bound.read(slot)
	s.generation = host.SettingsGeneration()
	if known && raw == s.raw {
		return s.value
	}
	// Until Check has decided, which may ask for the value.
	s.raw, s.value = raw, s.Default
	if !checked && s.Check != nil && raw != s.Default {
		var err error
		host.WithoutSQL(func() { err = s.Check(raw) })
		if err != nil {
			Warning("invalid value of parameter \"" + s.bound.Name + "\": " + err.Error() + "; its default is used")
			raw = s.Default
		}
	}
	s.value, s.assigned = raw, false
	return raw
}

// settle tells Assign of a value that it has not been told.
func (s *Setting[T]) settle() {
	v := s.Get()
	if s.assigned || s.Assign == nil {
		return
	}
	s.assigned = true
	host.WithoutSQL(func() { s.Assign(v) })
}

// variable is what a *Setting of any T is for generated code.
type variable interface {
	bind(host.Setting)
	check(*host.Slot) error
	show(*host.Slot) string
	settle()
}

func (s *Setting[T]) bind(to host.Setting) {
	s.bound = &binding[T]{to, to.Read.(func(*host.Slot) T)}
}

func (s *Setting[T]) check(slot *host.Slot) (err error) {
	if s.bound == nil || s.Check == nil {
		return nil
	}
	host.WithoutSQL(func() { err = s.Check(s.bound.read(slot)) })
	return err
}

func (s *Setting[T]) show(slot *host.Slot) (text string) {
	if s.bound == nil || s.Show == nil {
		return ""
	}
	host.WithoutSQL(func() { text = s.Show(s.bound.read(slot)) })
	return text
}

// Generated code comes by way of package host, as for triggers.
func init() {
	host.BindSetting = func(v any, s host.Setting) { v.(variable).bind(s) }
	host.CheckSetting = func(v any, slot *host.Slot) error { return v.(variable).check(slot) }
	host.ShowSetting = func(v any, slot *host.Slot) string { return v.(variable).show(slot) }
	host.SettleSetting = func(v any) { v.(variable).settle() }
}
