#include "textflag.h"
#include "beside.h"
  #  include "../elsewhere.h" // want "no plain name"
#include "sub/x.h" // want "no plain name"
#include "\x2e\x2e/x.h" // want "no plain name"
#include <stdlib.h> // want "no plain name"
#include "/etc/passwd" // want "no plain name"

TEXT ·F(SB), NOSPLIT, $0-0
	RET
