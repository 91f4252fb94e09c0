package pgabi

import "github.com/pgstd/pgstd/pg/internal/host"

// BindSetting makes a variable of type *pg.Setting[T] known as the setting of that number.
func BindSetting[T any](variable any, name string, at uint32, code byte, read func(*Slot) T) {
	host.BindSetting(variable, host.Setting{
		Name: name, At: at, Type: code,
		Read: func(s *host.Slot) T { return read((*Slot)(s)) },
	})
}

// CheckSetting has the author check a value.
func CheckSetting(variable any, args, result *Slot) {
	if err := host.CheckSetting(variable, (*host.Slot)(args)); err != nil {
		Fail(err)
		return
	}
	result.SetVoid()
}

// ShowSetting has the author make a text of a value.
func ShowSetting(variable any, args, result *Slot) {
	result.SetText(host.ShowSetting(variable, (*host.Slot)(args)))
}

// settled is the generation of settings that has been told.
var settled uint64

// SettleSettings tells settings that have Assign of their values. Where one of them panics, the
// next call tells the others.
func SettleSettings(variables ...any) {
	for settled != host.SettingsGeneration() {
		generation := host.SettingsGeneration()
		for _, v := range variables {
			host.SettleSetting(v)
		}
		settled = generation
	}
}

// EnumSetting returns one of some values, of which the host knows the number.
func EnumSetting[T any](s *Slot, values ...T) T {
	if i := uint64(s.Word); i < uint64(len(values)) {
		return values[i]
	}
	var none T
	return none
}
