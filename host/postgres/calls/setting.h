/*-------------------------------------------------------------------------
 *
 * setting.h
 *	  The settings of an extension: parameters of the server's configuration that
 *	  its Go code reads.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_SETTING_H
#define PGSTD_SETTING_H

#include "../session/shared.h"

typedef enum PgstdParameterKind
{
	PGSTD_PARAMETER_BOOL = 0,
	PGSTD_PARAMETER_INT = 1,
	PGSTD_PARAMETER_REAL = 2,
	PGSTD_PARAMETER_STRING = 3,
	PGSTD_PARAMETER_ENUM = 4
} PgstdParameterKind;

/* Who may set it, and when. */
typedef enum PgstdParameterContext
{
	PGSTD_PARAMETER_USER = 0,
	PGSTD_PARAMETER_SUPERUSER = 1,
	PGSTD_PARAMETER_BACKEND = 2,
	PGSTD_PARAMETER_SUPERUSER_BACKEND = 3,
	PGSTD_PARAMETER_SIGHUP = 4,
	PGSTD_PARAMETER_POSTMASTER = 5
} PgstdParameterContext;

/* Flags: first what the value is in, as a number; the rest are bits. */
typedef enum PgstdParameterUnit
{
	PGSTD_UNIT_NONE = 0,
	PGSTD_UNIT_BYTE = 1,
	PGSTD_UNIT_KB = 2,
	PGSTD_UNIT_MB = 3,
	PGSTD_UNIT_BLOCKS = 4,
	PGSTD_UNIT_MS = 5,
	PGSTD_UNIT_S = 6,
	PGSTD_UNIT_MIN = 7
} PgstdParameterUnit;

#define PGSTD_PARAMETER_UNIT(flags)		((PgstdParameterUnit) ((flags) & 0xff))
#define PGSTD_PARAMETER_SUPERUSER_ONLY	0x100
#define PGSTD_PARAMETER_NO_SHOW_ALL		0x200
#define PGSTD_PARAMETER_NO_RESET_ALL	0x400
#define PGSTD_PARAMETER_EXPLAIN			0x800

/*
 * A parameter as pgbuild writes it (internal/objfile).  Texts are offsets from the
 * table's start; functions are offsets from the field itself, 0 for none.
 */
typedef struct PgstdParameter
{
	uint64		boot;			/* numbers as their bits */
	uint64		min;
	uint64		max;
	int32		check;
	int32		assign;
	int32		show;
	uint32		kind;			/* PgstdParameterKind */
	uint32		context;		/* PgstdParameterContext */
	uint32		flags;
	int32		check_site;		/* number of the Go function; -1: none */
	int32		show_site;
	uint32		name;
	uint32		short_desc;
	uint32		long_desc;
	uint32		text;			/* the default of a string */
	uint32		labels;			/* of an enum: each behind the last one's NUL */
	uint32		nlabels;
} PgstdParameter;

typedef struct PgstdParameters
{
	uint32		n;
	uint32		prefix;
	uint64		unused;
	PgstdParameter list[FLEXIBLE_ARRAY_MEMBER];
} PgstdParameters;

/* setting.c */
extern void pgstd_settings_init(Module *module);

#endif							/* PGSTD_SETTING_H */
