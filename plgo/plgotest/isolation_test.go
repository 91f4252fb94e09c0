package plgotest

import "os"

// isolation is the variable of the environment that has the servers of tests run worlds in
// cells: the matrix has a column for it.
const isolation = "PGSTD_ISOLATION"

func isolationSettings() []string {
	if where := os.Getenv(isolation); where != "" {
		return []string{"pgstd.isolation=" + where}
	}
	return nil
}
