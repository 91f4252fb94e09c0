//go:build postgres

// What an object shows to its host: PgstdObject in host/abi.h.

#include "go_asm.h"
#include "textflag.h"

// Only amd64 keeps the goroutine behind an offset from the thread pointer, and
// enters sigpanic by way of code that gets it from there.
#ifdef GOARCH_amd64
#define SIGPANIC	runtime·sigpanic0(SB)
#else
#define SIGPANIC	runtime·sigpanic<ABIInternal>(SB)
#endif

DATA pgstd_object+pgstdObject_magic(SB)/4, $const_pgstdMagic
DATA pgstd_object+pgstdObject_abiVersion(SB)/4, $const_pgstdABIVersion
DATA pgstd_object+pgstdObject_structSize(SB)/8, $const_pgstdObjectSize
DATA pgstd_object+pgstdObject_start(SB)/8, $pgstd_start(SB)
DATA pgstd_object+pgstdObject_enter(SB)/8, $pgstd_enter(SB)
DATA pgstd_object+pgstdObject_abort(SB)/8, $pgstd_abort(SB)
DATA pgstd_object+pgstdObject_sigpanic(SB)/8, $SIGPANIC
DATA pgstd_object+pgstdObject_control(SB)/8, $runtime·pgstdControl(SB)
#ifdef GOARCH_amd64
DATA pgstd_object+pgstdObject_tlsOffset(SB)/8, $pgstd_tls_offset(SB)
#endif
DATA pgstd_object+pgstdObject_text(SB)/8, $runtime·text(SB)
DATA pgstd_object+(pgstdObject_text+8)(SB)/8, $runtime·etext(SB)
DATA pgstd_object+pgstdObject_pclntab(SB)/8, $runtime·pclntab(SB)
DATA pgstd_object+(pgstdObject_pclntab+8)(SB)/8, $runtime·epclntab(SB)
DATA pgstd_object+pgstdObject_data(SB)/8, $runtime·data(SB)
DATA pgstd_object+(pgstdObject_data+8)(SB)/8, $runtime·edata(SB)
DATA pgstd_object+pgstdObject_noptrdata(SB)/8, $runtime·noptrdata(SB)
DATA pgstd_object+(pgstdObject_noptrdata+8)(SB)/8, $runtime·enoptrdata(SB)
DATA pgstd_object+pgstdObject_module(SB)/8, $runtime·firstmoduledata(SB)
DATA pgstd_object+(pgstdObject_module+8)(SB)/8, $runtime·firstmoduledata+const_pgstdModuleSize(SB)
DATA pgstd_object+pgstdObject_bss(SB)/8, $runtime·bss(SB)
DATA pgstd_object+(pgstdObject_bss+8)(SB)/8, $runtime·ebss(SB)
DATA pgstd_object+pgstdObject_noptrbss(SB)/8, $runtime·noptrbss(SB)
DATA pgstd_object+(pgstdObject_noptrbss+8)(SB)/8, $runtime·enoptrbss(SB)
DATA pgstd_object+pgstdObject_gStackguard(SB)/8, $g_stackguard0
DATA pgstd_object+pgstdObject_gSig(SB)/8, $g_sig
DATA pgstd_object+pgstdObject_gSigcode0(SB)/8, $g_sigcode0
DATA pgstd_object+pgstdObject_gSigcode1(SB)/8, $g_sigcode1
DATA pgstd_object+pgstdObject_gSigpc(SB)/8, $g_sigpc
DATA pgstd_object+pgstdObject_gPreempt(SB)/8, $g_preempt
DATA pgstd_object+pgstdObject_gM(SB)/8, $g_m
DATA pgstd_object+pgstdObject_mCurg(SB)/8, $m_curg
DATA pgstd_object+pgstdObject_rodata(SB)/8, $runtime·rodata(SB)
DATA pgstd_object+(pgstdObject_rodata+8)(SB)/8, $runtime·erodata(SB)
// Constants that hold addresses. The Go linker has them in several sections, and no names for
// where they begin and end; the final link has (internal/link/ends.go).
DATA pgstd_object+pgstdObject_relro(SB)/8, $pgstd_relro(SB)
DATA pgstd_object+(pgstdObject_relro+8)(SB)/8, $pgstd_erelro(SB)
DATA pgstd_object+pgstdObject_profileRate(SB)/8, $runtime·MemProfileRate(SB)
DATA pgstd_object+pgstdObject_profileBuckets(SB)/8, $runtime·mbuckets(SB)
DATA pgstd_object+pgstdObject_bucketNext(SB)/8, $bucket_allnext
DATA pgstd_object+pgstdObject_bucketSize(SB)/8, $bucket_size
DATA pgstd_object+pgstdObject_bucketNstack(SB)/8, $bucket_nstk
DATA pgstd_object+pgstdObject_bucketStack(SB)/8, $bucket__size
DATA pgstd_object+pgstdObject_bucketCount(SB)/8, $memRecordCycle__size
GLOBL pgstd_object(SB), RODATA, $const_pgstdObjectSize
