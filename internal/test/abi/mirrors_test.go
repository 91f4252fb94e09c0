package abi

// Packages of Go that mirror abi.h, by the folder that they lie in.
var folders = map[string]string{
	"runtime": "pgstd/runtime",
	"host":    "pg/internal/host",
	"pgabi":   "pg/pgabi",
	"pg":      "pg",
	"object":  "trust/object",
	"syscall": "pgstd/syscall",
}

// A mirror is a structure of Go. Its fields have the names that C gives them, but for
// underscores and capitals; fields lists those that have others, or are parts in C.
type mirror struct {
	name   string // package.Type
	fields map[string]string
}

// structures are those of abi.h, with all that mirrors them. One without a mirror is
// nothing that Go code has a structure for.
var structures = map[string][]mirror{
	"PgstdAllocations": {{name: "runtime.pgstdAllocations"}},
	"PgstdSlot":        {{name: "runtime.pgstdSlot"}, {name: "host.Slot"}, {name: "pgabi.Slot"}},
	"PgstdText":        {}, // a Go string; see TestText
	"PgstdRange":       {}, // two words of PgstdObject
	"PgstdArray":       {{name: "host.ArrayData", fields: map[string]string{"N": "nelements", "Dims": "ndims"}}},
	"PgstdColumn":      {{name: "host.Column"}},
	"PgstdRow":         {{name: "host.RowData", fields: map[string]string{"N": "ncolumns"}}},
	"PgstdTrigger": {{name: "host.TriggerData", fields: map[string]string{
		"Old": "old_row", "New": "new_row",
	}}},
	"PgstdEventTrigger": {{name: "host.EventTriggerData"}},
	"PgstdFunction":     {{name: "runtime.pgstdFunction"}, {name: "pgabi.Function"}},
	"PgstdErrorData":    {{name: "runtime.pgstdErrorData"}, {name: "host.ErrorData"}},
	"PgstdTimezone":     {{name: "runtime.pgstdTimezoneQuery"}},
	"PgstdSQL":          {{name: "host.SQL"}},
	"PgstdShow":         {{name: "host.Show"}},
	"PgstdSubxact":      {{name: "host.Subxact"}},
	"PgstdRows":         {{name: "host.Rows"}},
	"PgstdTransaction":  {{name: "host.Transaction"}},
	"PgstdSetRows":      {{name: "host.SetRows", fields: map[string]string{"N": "nrows"}}},
	"PgstdWindow":       {{name: "host.Window"}},
	"PgstdWorker":       {{name: "host.Worker"}},
	"PgstdEnding":       {{name: "host.EndingRequest"}},
	"PgstdCommon":       {{name: "host.Common"}},
	"PgstdSetting":      {{name: "host.SettingData"}},
	"PgstdSettings":     {{name: "host.SettingsData", fields: map[string]string{"N": "nsettings"}}},
	"PgstdProcess":      {{name: "syscall.pgstdProcess"}},
	"PgstdHooks":        {{name: "runtime.pgstdHooks"}},
	"PgstdConfig":       {{name: "runtime.pgstdConfig", fields: map[string]string{"requests": "serves_requests"}}},
	"PgstdControl":      {{name: "runtime.pgstdControlBlock"}},
	"PgstdObject": {{name: "runtime.pgstdObject", fields: map[string]string{
		"noptrdata": "data[1]", "module": "data[2]", "data": "data[0]",
		"bss": "zero[0]", "noptrbss": "zero[1]",
		"rodata": "constants[0]", "relro": "constants[1]",
		"gStackguard": "g_stackguard0",
	}}},
}

// constants are those of abi.h, with all constants of Go that have to be the same. One
// without any is the host's own, or what Go code takes for granted: why, says hostOnly.
var constants = map[string][]string{
	"PGSTD_PROFILE_CYCLES": {"runtime.pgstdProfileCycles"},
	"PGSTD_ABI_MAGIC":      {"runtime.pgstdMagic", "object.descriptorMagic"},
	"PGSTD_ABI_VERSION":    {"runtime.pgstdABIVersion"},

	"PGSTD_SLOT_NULL":     {"host.Null", "pgabi.Null"},
	"PGSTD_SLOT_TEXT":     {"host.InText"},
	"PGSTD_SLOT_CLOCK":    {"host.Clock"},
	"PGSTD_SLOT_ARGUMENT": {"host.Argument"},

	"PGSTD_VOID":          {"host.Void", "pgabi.Void"},
	"PGSTD_BOOL":          {"host.Bool", "pgabi.Bool"},
	"PGSTD_INT2":          {"host.Int2", "pgabi.Int2"},
	"PGSTD_INT4":          {"host.Int4", "pgabi.Int4"},
	"PGSTD_INT8":          {"host.Int8", "pgabi.Int8"},
	"PGSTD_FLOAT4":        {"host.Float4", "pgabi.Float4"},
	"PGSTD_FLOAT8":        {"host.Float8", "pgabi.Float8"},
	"PGSTD_TEXT":          {"host.Text", "pgabi.Text"},
	"PGSTD_BYTEA":         {"host.Bytea", "pgabi.Bytea"},
	"PGSTD_OID":           {"host.OID", "pgabi.OID"},
	"PGSTD_DATE":          {"host.Date", "pgabi.Date"},
	"PGSTD_TIME":          {"host.Time", "pgabi.Time"},
	"PGSTD_TIMESTAMP":     {"host.Timestamp", "pgabi.Timestamp"},
	"PGSTD_TIMESTAMPTZ":   {"host.Timestamptz", "pgabi.Timestamptz"},
	"PGSTD_UUID":          {"host.UUID", "pgabi.UUID"},
	"PGSTD_INTERVAL":      {"host.Interval", "pgabi.Interval"},
	"PGSTD_BINARY":        {"host.Binary", "pgabi.Binary"},
	"PGSTD_ARRAY":         {"host.Array", "pgabi.Array"},
	"PGSTD_RECORD":        {"host.Record", "pgabi.Record"},
	"PGSTD_ROW":           {"host.Row", "pgabi.Row"},
	"PGSTD_WHOLE":         {"host.Whole", "pgabi.Whole"},
	"PGSTD_STATE":         {"host.State", "pgabi.State"},
	"PGSTD_ANY":           {"host.Any", "pgabi.Any"},
	"PGSTD_MAX_DIMS":      {"host.MaxDims"},
	"PGSTD_WIDTH_VARLENA": {"host.WidthVarlena"},

	"PGSTD_TRIGGER_BEFORE":     {"pg.Before"},
	"PGSTD_TRIGGER_AFTER":      {"pg.After"},
	"PGSTD_TRIGGER_INSTEAD_OF": {"pg.InsteadOf"},
	"PGSTD_TRIGGER_INSERT":     {"pg.Insert"},
	"PGSTD_TRIGGER_UPDATE":     {"pg.Update"},
	"PGSTD_TRIGGER_DELETE":     {"pg.Delete"},
	"PGSTD_TRIGGER_TRUNCATE":   {"pg.Truncate"},
	"PGSTD_TRIGGER_SKIP":       {"host.SkipRow"},

	"PGSTD_SET_OPEN":    {"host.OpenSet"},
	"PGSTD_SET_NEXT":    {"host.NextInSet"},
	"PGSTD_SET_STOP":    {"host.StopSet"},
	"PGSTD_SET_ABANDON": {"host.AbandonSet"},
	"PGSTD_SET_ALL":     {"host.AllOfSet"},

	"PGSTD_DEBUG":   {"host.Debug"},
	"PGSTD_LOG":     {"host.Log"},
	"PGSTD_INFO":    {"host.Info"},
	"PGSTD_NOTICE":  {"host.Notice"},
	"PGSTD_WARNING": {"host.Warning"},

	"PGSTD_STDOUT": {"runtime.pgstdStreamStdout"},
	"PGSTD_PRINT":  {"runtime.pgstdStreamPrint"},
	"PGSTD_DYING":  {"runtime.pgstdStreamDying"},

	"PGSTD_OP_CALL":   {"runtime.pgstdOpCall"},
	"PGSTD_OP_RESULT": {"runtime.pgstdOpResult"},
	"PGSTD_OP_MAIN":   {"runtime.pgstdOpMain"},
	"PGSTD_OP_TURN":   {"runtime.pgstdOpTurn"},

	"PGSTD_EVENT_READY":     {"runtime.pgstdEventReady"},
	"PGSTD_EVENT_DONE":      {"runtime.pgstdEventDone"},
	"PGSTD_EVENT_REQUEST":   {"runtime.pgstdEventRequest"},
	"PGSTD_EVENT_DEAD":      {"runtime.pgstdEventDead"},
	"PGSTD_EVENT_CANCELLED": {"runtime.pgstdEventCancelled"},

	"PGSTD_REQUEST_INTERRUPTS":  {"runtime.pgstdRequestInterrupts"},
	"PGSTD_REQUEST_SQL":         {"runtime.pgstdRequestSQL", "host.requestSQL"},
	"PGSTD_REQUEST_SUBXACT":     {"runtime.pgstdRequestSubxact", "host.requestSubxact"},
	"PGSTD_REQUEST_ROWS":        {"runtime.pgstdRequestRows", "host.requestRows"},
	"PGSTD_REQUEST_TRANSACTION": {"host.requestTransaction"},
	"PGSTD_REQUEST_SHOW":        {"host.requestShow"},
	"PGSTD_REQUEST_SET_ROWS":    {"host.requestSetRows"},
	"PGSTD_REQUEST_WINDOW":      {"host.requestWindow"},
	"PGSTD_REQUEST_WORKER":      {"host.requestWorker"},
	"PGSTD_REQUEST_ENDING":      {"host.requestEnding"},

	"PGSTD_REQUEST_COMMON": {"host.requestCommon"},

	"PGSTD_COMMON_GET":    {"host.GetCommon"},
	"PGSTD_COMMON_PUT":    {"host.PutCommon"},
	"PGSTD_COMMON_DELETE": {"host.DeleteCommon"},
	"PGSTD_COMMON_NEXT":   {"host.NextCommon"},
	"PGSTD_COMMON_COUNT":  {"host.CountCommon"},
	"PGSTD_COMMON_NOT":    {"host.CommonNot"},
	"PGSTD_COMMON_DONE":   {"host.CommonDone"},
	"PGSTD_COMMON_FULL":   {"host.CommonFull"},
	"PGSTD_COMMON_ANY":    {"host.AnyVersion"},

	"PGSTD_ENDING_COMMITS":    {"host.Commits"},
	"PGSTD_ENDING_COMMITTED":  {"host.Committed"},
	"PGSTD_ENDING_ABORTED":    {"host.Aborted"},
	"PGSTD_ENDING_SUBABORTED": {"host.Subaborted"},

	"PGSTD_WORKER_LISTEN":       {"host.ListenTo"},
	"PGSTD_WORKER_UNLISTEN":     {"host.UnlistenFrom"},
	"PGSTD_WORKER_NOTIFICATION": {"host.NextNotification"},
	"PGSTD_WORKER_START":        {"host.StartWorker"},
	"PGSTD_SIGNAL_NOTIFIED":     {"host.Notified"},
	"PGSTD_SIGNAL_RELOADED":     {"host.Reloaded"},
	"PGSTD_SIGNAL_ENDING":       {"host.Ending"},

	"PGSTD_WINDOW_CURRENT":     {"host.CurrentRow"},
	"PGSTD_WINDOW_RELATIVE":    {"host.RelativeRow"},
	"PGSTD_WINDOW_FIRST":       {"host.FirstRow"},
	"PGSTD_WINDOW_LAST":        {"host.LastRow"},
	"PGSTD_WINDOW_FRAME_FIRST": {"host.FrameFirstRow"},
	"PGSTD_WINDOW_FRAME_LAST":  {"host.FrameLastRow"},
	"PGSTD_WINDOW_ROWS":        {"host.CountRows"},
	"PGSTD_WINDOW_PEERS":       {"host.ComparePeers"},
	"PGSTD_WINDOW_MARK":        {"host.MarkRow"},

	"PGSTD_OID_INFER": {"host.Infer"},

	"PGSTD_SUBXACT_BEGIN":    {"host.Begin"},
	"PGSTD_SUBXACT_COMMIT":   {"host.Commit"},
	"PGSTD_SUBXACT_ROLLBACK": {"host.Rollback"},

	"PGSTD_ROWS_OPEN":   {"host.OpenRows"},
	"PGSTD_ROWS_FETCH":  {"host.FetchRows"},
	"PGSTD_ROWS_CLOSE":  {"host.CloseRows"},
	"PGSTD_ROWS_BEFORE": {"host.BeforeCall"},

	"PGSTD_TRANSACTION_COMMIT":   {"host.CommitTransaction"},
	"PGSTD_TRANSACTION_ROLLBACK": {"host.RollbackTransaction"},

	"PGSTD_SYSTEM_START":   {"runtime.pgstdSystemStart"},
	"PGSTD_SYSTEM_SIGPIPE": {"runtime.pgstdSystemSigpipe"},
	"PGSTD_SYSTEM_WRITE":   {"runtime.pgstdSystemWrite"},
	"PGSTD_SYSTEM_SIGNAL":  {"runtime.pgstdSystemSignal"},
	"PGSTD_SYSTEM_NOTED":   {"runtime.pgstdSystemNoted"},
	"PGSTD_SIGNAL_DEFAULT": {"runtime.pgstdSignalDefault"},
	"PGSTD_SIGNAL_IGNORED": {"runtime.pgstdSignalIgnored"},
	"PGSTD_SIGNAL_NOTED":   {"runtime.pgstdSignalNoted"},
	"PGSTD_SIGNAL_ASK":     {"runtime.pgstdSignalAsk"},

	"PGSTD_DEATH_NONE":   {"runtime.pgstdDeathNone"},
	"PGSTD_DEATH_EXIT":   {"runtime.pgstdDeathExit"},
	"PGSTD_DEATH_PANIC":  {"runtime.pgstdDeathPanic"},
	"PGSTD_DEATH_FATAL":  {"runtime.pgstdDeathFatal"},
	"PGSTD_DEATH_STACK":  {"runtime.pgstdDeathStack"},
	"PGSTD_DEATH_MEMORY": {"runtime.pgstdDeathMemory"},
	"PGSTD_DEATH_THROW":  {"runtime.pgstdDeathThrow"},
	"PGSTD_DEATH_ABI":    {"runtime.pgstdDeathABI"},
}

// hostOnly are constants of abi.h that no constant of Go repeats, with the reason.
var hostOnly = map[string]string{
	"PGSTD_LAST_SIMPLE":     "it tells hosts how to read a signature",
	"PGSTD_TRIGGER_PROCEED": "Go leaves the field as it is",
	"PGSTD_STDERR":          "syscall.Stderr has the value: TestStreams",
	"PGSTD_ENDING_FUNCTION": "host.EndingFunction has the text: testdata/script/endings.txtar",
	"PGSTD_ARENA_SIZE":      "1 << logHeapArenaBytes of the runtime: TestArena",
	"PGSTD_STACK_PREEMPT":   "stackPreempt of stock Go: TestStackPreempt",
	"PGSTD_DATA_RANGES":     "the fields of pgstdObject: its size and offsets show it",
	"PGSTD_ZERO_RANGES":     "the same",
	"PGSTD_CONSTANT_RANGES": "the same",
}

// descriptor is how the object gate reads a PgstdObject: the constants of
// trust/object/descriptor.go, as C has them.
var descriptor = map[string]string{
	"descriptorMagic": "PGSTD_ABI_MAGIC",
	"descriptorSize":  "sizeof(PgstdObject)",
	"atMagic":         "offsetof(PgstdObject, magic)",
	"atABI":           "offsetof(PgstdObject, abi_version)",
	"atSize":          "offsetof(PgstdObject, struct_size)",
	"atEntries":       "offsetof(PgstdObject, start)",
	"numEntries":      "(offsetof(PgstdObject, control) - offsetof(PgstdObject, start)) / sizeof(void *)",
	"atControl":       "offsetof(PgstdObject, control)",
	"atTLSOffset":     "offsetof(PgstdObject, tls_offset)",
	"atText":          "offsetof(PgstdObject, text)",
	"atPclntab":       "offsetof(PgstdObject, pclntab)",
	"atRanges":        "offsetof(PgstdObject, data)",
	"numRanges":       "PGSTD_DATA_RANGES + PGSTD_ZERO_RANGES",
	"atConstants":     "offsetof(PgstdObject, constants)",
	"numConstants":    "PGSTD_CONSTANT_RANGES",
	"atProfile":       "offsetof(PgstdObject, profile_rate)",
}
