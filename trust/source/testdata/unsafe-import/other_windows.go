// A file that this build leaves out.

package a

import _ "unsafe" // want "package unsafe is imported"
