package host

import "unsafe"

// SettingData is the value of a setting in the host's memory.
type SettingData struct {
	Value   Slot
	Type    uint32
	Checked uint32
}

// SettingsData are the settings of an extension.
type SettingsData struct {
	Generation uint64
	N          uint64
	Settings   *SettingData
}

// settings is the host's; a process without any has one that never changes.
var settings = &SettingsData{Generation: 1}

// SettingsGeneration changes whenever a setting has another value.
func SettingsGeneration() uint64 { return settings.Generation }

// SettingAt returns the value of a setting, and whether the author's check has seen it;
// nil if there is none that is of the type. A text in it ends with the generation.
func SettingAt(i uint32, typ byte) (value *Slot, checked bool) {
	if uint64(i) >= settings.N {
		return nil, false
	}
	s := &unsafe.Slice(settings.Settings, settings.N)[i]
	if s.Type != uint32(typ) {
		return nil, false
	}
	return &s.Value, s.Checked != 0
}

// Setting is what generated code knows of a variable of type *pg.Setting[T].
type Setting struct {
	Name string
	At   uint32
	Type byte
	Read any // func(*Slot) T
}

// What package pg does with such variables.
var (
	BindSetting   func(variable any, s Setting)
	CheckSetting  func(variable any, value *Slot) error
	ShowSetting   func(variable any, value *Slot) string
	SettleSetting func(variable any)
)

// errHook is what SQL is refused with while a hook of a setting runs.
var errHook = &ErrorData{
	SQLState: "0A000",
	Message:  "a hook of a setting cannot use SQL",
	Hint:     "It may run where there is no transaction.",
}

// WithoutSQL runs a hook of a setting.
func WithoutSQL(f func()) {
	before := refuse(errHook)
	defer refuse(before)
	f()
}
