package pg

import "github.com/pgstd/pgstd/pg/internal/host"

// Debug sends message at level DEBUG1.
func Debug(message string) { report(host.Debug, message) }

// Log sends message at level LOG: by default to the server log only.
func Log(message string) { report(host.Log, message) }

// Info sends message at level INFO: always to the client.
func Info(message string) { report(host.Info, message) }

// Notice sends message at level NOTICE.
func Notice(message string) { report(host.Notice, message) }

// Warning sends message at level WARNING.
func Warning(message string) { report(host.Warning, message) }

func report(level int32, message string) {
	host.Report(level, &host.ErrorData{Message: host.Clean(message)})
}
