// Package texts is an administrator's set of modules, for tests.
package texts
