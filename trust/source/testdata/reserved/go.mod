module example.org/reserved

go 1.26
