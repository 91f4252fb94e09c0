/*-------------------------------------------------------------------------
 *
 * compiler.c
 *	  Requests to a compiler, and what its answers mean; docs/compile.md
 *	  describes both.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"

#include "access/xlog.h"
#include "catalog/pg_proc.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"

#define REQUEST_VERSION	1

/* Of several mistakes in a text, so many are shown. */
#define MAX_MISTAKES	50

/*
 * A field of an object, and an element of an array; NULL: there is none, or that is not what the
 * compiler has sent.  PostgreSQL reads one as the other if it is asked to, and what a string says as places
 * in memory; so nothing else here looks into a container.
 */
static JsonbValue *
field(JsonbContainer *object, const char *name)
{
	return JsonContainerIsObject(object) ? getKeyJsonValueFromContainer(object, name, (int) strlen(name), NULL) : NULL;
}

static JsonbContainer *
element(JsonbContainer *array, uint32 i)
{
	JsonbValue *v = JsonContainerIsArray(array) ? getIthJsonbValueFromContainer(array, i) : NULL;

	return v != NULL && v->type == jbvBinary && JsonContainerIsObject(v->val.binary.data) ? v->val.binary.data : NULL;
}

static const char *
text_field(JsonbContainer *object, const char *name)
{
	JsonbValue *v = field(object, name);

	if (v == NULL || v->type != jbvString)
		return "";
	return pnstrdup(v->val.string.val, v->val.string.len);
}

static double
number_field(JsonbContainer *object, const char *name)
{
	JsonbValue *v = field(object, name);

	if (v == NULL || v->type != jbvNumeric)
		return 0;
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8, NumericGetDatum(v->val.numeric)));
}

static JsonbContainer *
container_field(JsonbContainer *object, const char *name)
{
	JsonbValue *v = field(object, name);

	return v != NULL && v->type == jbvBinary ? v->val.binary.data : NULL;
}

pg_noreturn static void
no_answer(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer of the compiler of plgo cannot be understood"),
			 errdetail_internal("%s", what)));
}

/* Parts of it become messages and values of tables, which have to be texts of the database. */
static Jsonb *
parse(const char *json, size_t size)
{
	MemoryContext caller = CurrentMemoryContext;
	Datum		value = (Datum) 0;

	if (!pg_verify_mbstr(PG_UTF8, json, (int) size, true))
		no_answer("It is not in UTF-8.");
	json = pg_any_to_server(json, (int) size, PG_UTF8);
	PG_TRY();
	{
		value = DirectFunctionCall1(jsonb_in, CStringGetDatum(json));
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		FlushErrorState();
		no_answer("It is not JSON.");
	}
	PG_END_TRY();
	return DatumGetJsonbP(value);
}

/* Error context callback: makes a position in the text one in CREATE FUNCTION. */
static void
transpose(void *text)
{
	function_parse_error_transpose(text);
}

/*
 * Raises what the compiler says of the function's text.  The position in CREATE
 * FUNCTION is found from the one in the text, as for other languages.
 */
pg_noreturn static void
throw_source_error(const PlgoSource *source, JsonbContainer *error)
{
	JsonbContainer *list = container_field(error, "diagnostics");
	const char *message = text_field(error, "message");
	const char *hint = "";
	StringInfoData detail;
	int			offset = -1;
	ErrorContextCallback callback = {
		.callback = transpose,
		.arg = (void *) source->text,
	};

	initStringInfo(&detail);
	for (uint32 i = 0; list != NULL && i < JsonContainerSize(list); i++)
	{
		JsonbContainer *d = element(list, i);

		if (i == MAX_MISTAKES)
		{
			appendStringInfo(&detail, "\nand %u more", JsonContainerSize(list) - i);
			break;
		}
		if (d == NULL)
			continue;
		if (hint[0] == '\0')
			hint = text_field(d, "hint");
		/* The first one is the message itself. */
		if (i == 0)
			offset = (int) number_field(d, "offset");
		else
			appendStringInfo(&detail, "%sline %d, column %d: %s", detail.len > 0 ? "\n" : "",
							 (int) number_field(d, "line"), (int) number_field(d, "column"),
							 text_field(d, "message"));
	}
	if (offset > (int) strlen(source->text))
		offset = -1;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg_internal("%s", message),
			 detail.len > 0 ? errdetail_internal("%s", detail.data) : 0,
			 hint[0] != '\0' ? errhint("%s", hint) : 0,
	/* Counted in characters, and from 1. */
			 offset >= 0 ? internalerrposition(pg_mbstrlen_with_len(source->text, offset) + 1) : 0,
			 offset >= 0 ? internalerrquery(source->text) : 0));
}

pg_noreturn static void
throw_error(const PlgoSource *source, JsonbContainer *error)
{
	const char *kind = text_field(error, "kind");
	const char *message = text_field(error, "message");

	if (strcmp(kind, "source") == 0 && source != NULL)
		throw_source_error(source, error);
	if (strcmp(kind, "request") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg_internal("%s", message)));
	if (strcmp(kind, "busy") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg_internal("%s", message)));
	if (strcmp(kind, "limit") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg_internal("%s", message),
				 errhint("A superuser can raise \"plgo.compile_timeout\" and \"plgo.compile_memory\", if it is time or memory, up to what the compiler has been started with.")));
	/* Of the compiler's machine: its paths are not for everybody. */
	ereport(LOG,
			(errmsg("the compiler of plgo failed"),
			 errdetail_internal("%s", message)));
	ereport(ERROR,
			(errcode(ERRCODE_SYSTEM_ERROR),
			 errmsg("the compiler of plgo failed"),
			 superuser() ? errdetail_internal("%s", message) : errdetail("The server's log has what it said.")));
}

static void
read_digest(const char *hex, PlgoDigest *digest)
{
	if (strlen(hex) != 2 * PLGO_DIGEST_SIZE ||
		strspn(hex, "0123456789abcdef") != 2 * PLGO_DIGEST_SIZE)
		no_answer("An object has no digest.");
	hex_decode(hex, 2 * PLGO_DIGEST_SIZE, (char *) digest->bytes);
}

/* An answer: JSON, and the objects' data behind it, one after the other. */
typedef struct Answer
{
	JsonbContainer *json;
	const char *data;			/* that have not been taken */
	size_t		left;			/* and their size, in bytes */
} Answer;

static PlgoObject *
read_object(Answer *answer, JsonbContainer *result, JsonbContainer *from)
{
	PlgoObject *object = palloc0(sizeof(PlgoObject));
	JsonbValue *v;
	PlgoDigest	claimed;
	double		size = number_field(from, "size");

	if (size < 1)
		no_answer("An object has no data.");
	if (size > answer->left)
		no_answer("An object's data are cut off.");
	if (!plgo_object_unpack(object, answer->data, (size_t) size))
		no_answer("An object's data are damaged.");
	answer->data += object->kept_size;
	answer->left -= object->kept_size;
	object->target = text_field(from, "target");
	object->go = text_field(result, "go");
	object->kit = text_field(result, "kit");
	object->modules = text_field(from, "modules");
	object->instead = text_field(from, "instead");
	v = field(from, "signature");
	if (v != NULL && v->type == jbvString)
		object->signature = pnstrdup(v->val.string.val, v->val.string.len);
	object->milliseconds = number_field(from, "milliseconds");
	read_digest(text_field(from, "digest"), &claimed);
	if (memcmp(&claimed, &object->digest, sizeof(claimed)) != 0)
		no_answer("An object's digest is not that of its data.");
	return object;
}

/*
 * Whether an object is what was asked for.  What cannot be a module is an object all the same,
 * as when the function imports what the base does not have.
 */
static bool
answers(const char *target, const char *wanted)
{
	size_t		size = strlen(target);

	return strcmp(target, wanted) == 0 || (strncmp(target, wanted, size) == 0 && strcmp(wanted + size, PLGO_ON_BASE) == 0);
}

/* The objects of one function, or what is wrong with it. */
static List *
read_result(const PlgoSource *source, Answer *answer, JsonbContainer *result, List *targets)
{
	JsonbContainer *list;
	List	   *objects = NIL;

	if (container_field(result, "error") != NULL)
		throw_error(source, container_field(result, "error"));
	list = container_field(result, "objects");
	if (list == NULL || (int) JsonContainerSize(list) != list_length(targets))
		no_answer("It has not one object for each target.");
	for (uint32 i = 0; i < JsonContainerSize(list); i++)
	{
		JsonbContainer *from = element(list, i);
		PlgoObject *object;

		if (from == NULL)
			no_answer("An object is no JSON object.");
		object = read_object(answer, result, from);
		if (!answers(object->target, list_nth(targets, (int) i)))
			no_answer("An object is for another target.");
		objects = lappend(objects, object);
	}
	return objects;
}

/* What all requests have: all but the functions. */
static void
begin_request(StringInfo request, List *targets, const char *more)
{
	initStringInfo(request);
	appendStringInfo(request, "{\"version\":%d,\"attached\":true%s,\"targets\":[", REQUEST_VERSION, more);
	for (int i = 0; i < list_length(targets); i++)
		appendStringInfo(request, "%s\"%s\"", i > 0 ? "," : "", (char *) list_nth(targets, i));
	appendStringInfo(request, "],\"limits\":{\"seconds\":%d,\"memory_kb\":%d}",
					 plgo_compile_timeout, plgo_compile_memory);
	if (plgo_policy[0] != '\0')
	{
		appendStringInfoString(request, ",\"policy\":");
		escape_json(request, plgo_policy);
	}
}

/* Sends a request, and gets the answer if it is no error about all of it. */
static void
get_answer(const PlgoSource *source, const StringInfoData *request, int functions, Answer *answer)
{
	StringInfo	said = plgo_ask(plgo_compiler, request, functions);
	size_t		line = strnlen(said->data, said->len);

	answer->json = &parse(said->data, line)->root;
	if (!JsonContainerIsObject(answer->json))
		no_answer("It is no JSON object.");
	if (container_field(answer->json, "error") != NULL)
		throw_error(source, container_field(answer->json, "error"));
	/* Behind the zero byte that ends the JSON, which there need not be. */
	answer->data = said->data + line + 1;
	answer->left = said->len > line ? said->len - line - 1 : 0;
}

/*
 * Has the compiler made ready, which takes minutes the first time on a machine: for
 * as long as it takes.  A base takes as long again, and without one functions are compiled to objects.
 */
void
plgo_prepare(bool base)
{
	List	   *targets = plgo_target_list();
	StringInfoData request;
	Answer		answer;

	if (plgo_compiler[0] == '\0' || RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there is no compiler to be made ready"),
				 RecoveryInProgress() ?
				 errhint("A standby does not compile; call plgo.prepare() on the primary server.") :
				 errhint("A superuser can set \"plgo.compiler\".")));
	if (base && plgo_shared_base)
		targets = lappend(targets, psprintf("%s" PLGO_ON_BASE, (char *) linitial(targets)));
	begin_request(&request, targets, ",\"prepare\":true");
	appendStringInfoChar(&request, '}');
	get_answer(NULL, &request, 1, &answer);
}

/*
 * Asks the compiler about functions, with more fields of the request in "more", and
 * returns the results.
 */
static JsonbContainer *
ask(List *sources, List *targets, const char *more, Answer *answer)
{
	const PlgoSource *first = linitial(sources);
	StringInfoData request;
	JsonbContainer *results;

	if (plgo_compiler[0] == '\0' || RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there is no compiled form of function %s", first->name),
				 RecoveryInProgress() ?
				 errhint("A standby does not compile; call plgo.compile() on the primary server, with \"plgo.targets\" naming the architecture of this one.") :
				 errhint("A superuser can set \"plgo.compiler\" and call plgo.compile().")));

	begin_request(&request, targets, more);
	appendStringInfoString(&request, ",\"functions\":[");
	for (int i = 0; i < list_length(sources); i++)
		appendStringInfo(&request, "%s%s", i > 0 ? "," : "",
						 ((const PlgoSource *) list_nth(sources, i))->request);
	appendStringInfoString(&request, "]}");
	get_answer(first, &request, list_length(sources), answer);
	results = container_field(answer->json, "results");
	if (results == NULL || (int) JsonContainerSize(results) != list_length(sources))
		no_answer("It has not one result for each function.");
	return results;
}

static JsonbContainer *
result(JsonbContainer *results, int i)
{
	JsonbContainer *found = element(results, (uint32) i);

	if (found == NULL)
		no_answer("A result is no JSON object.");
	return found;
}

/*
 * Compiles a function for targets, and returns an object for each of them.  Anew: even
 * if the compiler has done so before.
 */
List *
plgo_compile(const PlgoSource *source, List *targets, bool anew)
{
	Answer		answer;
	JsonbContainer *results = ask(list_make1((void *) source), targets, anew ? ",\"anew\":true" : "", &answer);

	return read_result(source, &answer, result(results, 0), targets);
}

/*
 * Compiles functions anew and keeps the objects.  Returns for how many that was
 * not possible; why is a WARNING.
 */
int
plgo_compile_batch(List *sources, List *targets)
{
	Answer		answer;
	JsonbContainer *results = ask(sources, targets, ",\"anew\":true", &answer);
	int			failed = 0;

	for (int i = 0; i < list_length(sources); i++)
	{
		const PlgoSource *source = list_nth(sources, i);
		JsonbContainer *found = result(results, i);
		JsonbContainer *error = container_field(found, "error");

		if (error == NULL)
		{
			plgo_store_write(source, read_result(source, &answer, found, targets));
			continue;
		}
		failed++;
		ereport(WARNING,
				(errmsg("function %s cannot be compiled: %s", source->name, text_field(error, "message"))));
	}
	return failed;
}

/* The Go file that a function becomes. */
char *
plgo_wrapped(const PlgoSource *source)
{
	Answer		answer;
	JsonbContainer *found = result(ask(list_make1((void *) source), plgo_target_list(), ",\"wrap\":true", &answer), 0);

	if (container_field(found, "error") != NULL)
		throw_error(source, container_field(found, "error"));
	return pstrdup(text_field(found, "wrapped"));
}

/* Gets the base of a digest, which the compiler has compiled a function against just now. */
PlgoObject *
plgo_compile_base(const char *target, const PlgoDigest *digest)
{
	char		hex[2 * PLGO_DIGEST_SIZE + 1] = "";
	List	   *targets = list_make1(psprintf("%s" PLGO_ON_BASE, target));
	StringInfoData request;
	Answer		answer;
	JsonbContainer *results;
	PlgoObject *object;

	hex_encode((const char *) digest->bytes, PLGO_DIGEST_SIZE, hex);
	begin_request(&request, targets, psprintf(",\"base\":\"%s\"", hex));
	appendStringInfoChar(&request, '}');
	get_answer(NULL, &request, 1, &answer);
	results = container_field(answer.json, "results");
	if (results == NULL || JsonContainerSize(results) != 1)
		no_answer("It has not one result for a base.");
	object = linitial(read_result(NULL, &answer, result(results, 0), list_make1((char *) target)));
	if (memcmp(&object->digest, digest, sizeof(*digest)) != 0)
		no_answer("The base is another one.");
	return object;
}
