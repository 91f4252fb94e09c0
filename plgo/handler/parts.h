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

enum
{
	PLGO_STEP,
	PLGO_FINAL,
	PLGO_INVERSE,
	PLGO_MERGE,
	PLGO_PARTS
};

/* parts.c */
extern const char *const plgo_parts[PLGO_PARTS];
extern Oid	plgo_state_type(void);
extern void plgo_number_parts(bool inverse, bool merge, int *numbers);

#endif							/* PLGO_PARTS_H */
