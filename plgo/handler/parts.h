/*-------------------------------------------------------------------------
 *
 * parts.h
 *	  The functions that an aggregate is made of.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLGO_PARTS_H
#define PLGO_PARTS_H

/* How the first line of each begins. */
#define PLGO_PART_LINE	"//plgo:aggregate "

/* What stands there before the number of arguments that WITHIN GROUP is behind. */
#define PLGO_WITHIN		"within_"

enum
{
	PLGO_STEP,
	PLGO_FINAL,
	PLGO_INVERSE,
	PLGO_MERGE,
	PLGO_PARTS
};

/* What an aggregate takes and returns. */
typedef struct PlgoAggregate
{
	Oid			result;
	int			ndirect;		/* arguments before WITHIN GROUP; -1: it has none of that */
	int			narguments;		/* those that are aggregated stand behind the direct ones */
	Oid			arguments[FUNC_MAX_ARGS];
} PlgoAggregate;

/* parts.c */
extern const char *const plgo_parts[PLGO_PARTS];
extern bool plgo_resolves_result(const PlgoAggregate *a);
extern int	plgo_part_arguments(const PlgoAggregate *a, int part, Oid *types);
extern Oid	plgo_state_type(void);
extern void plgo_number_parts(bool inverse, bool merge, int *numbers);

#endif							/* PLGO_PARTS_H */
