/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  The settings of an extension, where a world of a cell reads them.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"

/* Fills in the values; their texts are new. */
static bool
fill(PgstdCellWorld *cw, const PgstdSettings *from)
{
	PgstdSettings *to = (PgstdSettings *) cw->settings->start;
	PgstdSetting *values = (PgstdSetting *) (to + 1);
	PgstdExtent *texts;
	uint64		size = 0;
	char	   *at;

	for (uint64 i = 0; i < from->nsettings; i++)
		if (from->settings[i].type == PGSTD_TEXT)
			size += from->settings[i].value.size;
	texts = pgstd_area_take(&cw->area, size);
	if (texts == NULL)
		return false;
	at = texts->start;
	for (uint64 i = 0; i < from->nsettings; i++)
	{
		PgstdSetting setting = from->settings[i];

		if (setting.type == PGSTD_TEXT && setting.value.size > 0)
		{
			memcpy(at, (const void *) setting.value.word, setting.value.size);
			setting.value.word = (uint64) at;
			at += setting.value.size;
		}
		values[i] = setting;
	}
	*to = (PgstdSettings) {from->generation, from->nsettings, values};
	pgstd_area_give(&cw->area, cw->setting_texts);
	cw->setting_texts = texts;
	cw->settings_generation = from->generation;
	return true;
}

/*
 * Puts the settings of a world's module where it reads them, if they have changed.
 * False: there is no room.
 */
bool
pgstd_pass_settings(PgstdCellWorld *cw)
{
	const PgstdSettings *settings = cw->bw->module->settings;

	if (settings == NULL)
		return true;
	if (cw->settings == NULL)
		cw->settings = pgstd_area_take(&cw->area, sizeof(PgstdSettings) + settings->nsettings * sizeof(PgstdSetting));
	else if (cw->settings_generation == settings->generation)
		return true;
	return cw->settings != NULL && fill(cw, settings);
}
